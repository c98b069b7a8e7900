/**
 * What an input may open and be. ffmpeg goes by content: a "film" that is an ffconcat list, a playlist or an SDP would open other files and addresses,
 * and an AviSynth script would run. `-protocol_whitelist` and `-format_whitelist` are handed down to whatever the input opens itself.
 */
export function allow(kind: "file" | "http" | "rtsp" | "rtmp" | "srt" | "udp" | "tcp", formats?: string): string[] {
  return ["-protocol_whitelist", PROTOCOLS[kind], "-format_whitelist", formats ?? FORMATS[kind]];
}

/** Demuxers that take what they play out of their own input alone. Not in it: lists, scripts, patterns (`image2`), text. Names that a build does not know do no harm. */
const CONTAINERS = [
  "mov,matroska,mpegts,mpegtsraw,mpeg,avi,flv,live_flv,asf,asf_o,ogg,nut,mxf,gxf,lxf,wtv,rm,ivr,ivf,dv,dhav,nsv,nuv,yuv4mpegpipe,swf,r3d,pmp,mtv,mgsts",
  "h261,h263,h264,hevc,vvc,evc,m4v,mpegvideo,mjpeg,mjpeg_2000,smjpeg,mpjpeg,obu,av1,vc1,vc1test,dirac,dnxhd,avs2,avs3,cavsvideo,rawvideo,v210,v210x",
  "apng,gif,flic,bink,smk,roq,film_cpk,ea,4xm,wc3movie,psxstr,ipmovie,mm,mv,thp,dxa,cine,ser,fits,vivo,mvi,vmd,bfi,rl2,nuv,cdxl,cdg,ingenient,xmv",
  "aac,ac3,eac3,aiff,amr,amrnb,amrwb,ape,au,caf,dts,dtshd,flac,loas,mlp,truehd,mp3,mpc,mpc8,oma,tak,tta,voc,w64,wav,wv,xwma,dsf,iff,sox,spdif,s337m",
  "bmp_pipe,dds_pipe,dpx_pipe,exr_pipe,gem_pipe,gif_pipe,hdr_pipe,j2k_pipe,jpeg_pipe,jpegls_pipe,jpegxl_pipe,jpegxl_anim,pam_pipe,pbm_pipe,pcx_pipe",
  "pfm_pipe,pgm_pipe,pgmyuv_pipe,pgx_pipe,phm_pipe,photocd_pipe,pictor_pipe,png_pipe,ppm_pipe,psd_pipe,qdraw_pipe,qoi_pipe,sgi_pipe,sunrast_pipe",
  "tiff_pipe,vbn_pipe,webp_pipe,xbm_pipe,xpm_pipe,xwd_pipe",
].join(",");

const FORMATS = {
  file: CONTAINERS,
  http: `${CONTAINERS},hls,dash,webvtt`,
  rtsp: "rtsp,asf,mpegts",
  rtmp: "flv,live_flv",
  srt: CONTAINERS,
  udp: CONTAINERS,
  tcp: CONTAINERS,
} as const;

const PROTOCOLS = {
  file: "file",
  // `crypto` and `data`: encrypted segments, and keys that stand in the playlist itself.
  http: "http,https,tls,tcp,httpproxy,crypto,data",
  rtsp: "rtsp,rtp,udp,tcp,tls",
  rtmp: "rtmp,rtmps,rtmpt,rtmpts,rtmpe,rtmpte,ffrtmphttp,ffrtmpcrypt,http,https,tls,tcp",
  srt: "srt",
  udp: "udp",
  tcp: "tcp",
} as const;
