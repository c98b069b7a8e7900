import { readAudioSpecificConfig } from "./aac.ts";
import { type BoxWriter, createBoxWriter } from "./box.ts";
import { SOUND_TRACK_ID, VIDEO_TRACK_ID } from "./tracks.ts";

/** What an init says of its two tracks: the encoders' configuration records, and the ticks in which fragments count. */
export interface InitContent {
  readonly avcC: Uint8Array;
  readonly audioSpecificConfig: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Ticks a second of the pictures' track. */
  readonly videoTimescale: number;
  /** Samples a second, which are also the ticks of the sound's track. */
  readonly soundRate: number;
}

/**
 * The init (ftyp+moov) of a rendition (ISO/IEC 14496-12, 8.2 to 8.8): two tracks, no samples, durations of zero, no edit list; time stands in `tfdt`
 * alone (rules 75, 76). Equal content gives equal bytes. Throws a SyntaxError or RangeError where the AudioSpecificConfig is broken or of another rate.
 */
export function writeInit(content: InitContent): Uint8Array<ArrayBuffer> {
  const { width, height, videoTimescale, soundRate } = content;
  const { sampleRate, channels } = readAudioSpecificConfig(content.audioSpecificConfig);
  if (sampleRate !== soundRate) throw new RangeError(`Cannot write init: the sound has ${sampleRate} samples a second, not ${soundRate}`);

  const space = new Uint8Array(1536 + content.avcC.length + content.audioSpecificConfig.length);
  const out = createBoxWriter(space);
  writeFtyp(out);
  out.box("moov", () => {
    writeMvhd(out);
    writeTrak(out, {
      id: VIDEO_TRACK_ID,
      timescale: videoTimescale,
      handler: "vide",
      width,
      height,
      volume: 0,
      writeMediaHeader: () => out.fullBox("vmhd", 0, 1, () => out.zeros(8)),
      writeSampleEntry: () => writeAvc1(out, content),
    });
    writeTrak(out, {
      id: SOUND_TRACK_ID,
      timescale: soundRate,
      handler: "soun",
      width: 0,
      height: 0,
      volume: 0x0100,
      writeMediaHeader: () => out.fullBox("smhd", 0, 0, () => out.zeros(4)),
      writeSampleEntry: () => writeMp4a(out, content, channels),
    });
    out.box("mvex", () => {
      writeTrex(out, VIDEO_TRACK_ID);
      writeTrex(out, SOUND_TRACK_ID);
    });
  });
  return space.slice(0, out.position);
}

/** iso6 is what `tfdt` and default-base-is-moof ask for. Not `cmfc`: CMAF wants one track a file. */
function writeFtyp(out: BoxWriter): void {
  out.box("ftyp", () => {
    out.text("iso6"); // major_brand
    out.u32(0); // minor_version
    out.text("iso6mp41"); // compatible_brands
  });
}

function writeMvhd(out: BoxWriter): void {
  out.fullBox("mvhd", 0, 0, () => {
    out.zeros(8); // creation_time, modification_time
    out.u32(1000); // timescale
    out.u32(0); // duration
    out.u32(0x00010000); // rate
    out.u16(0x0100); // volume
    out.zeros(10); // reserved
    writeMatrix(out);
    out.zeros(24); // pre_defined
    out.u32(SOUND_TRACK_ID + 1); // next_track_ID
  });
}

interface TrakContent {
  readonly id: number;
  readonly timescale: number;
  readonly handler: "vide" | "soun";
  readonly width: number;
  readonly height: number;
  readonly volume: number;
  writeMediaHeader(): void;
  writeSampleEntry(): void;
}

function writeTrak(out: BoxWriter, trak: TrakContent): void {
  out.box("trak", () => {
    out.fullBox("tkhd", 0, 3, () => { // track_enabled, track_in_movie
      out.zeros(8); // creation_time, modification_time
      out.u32(trak.id);
      out.zeros(16); // reserved, duration, reserved
      out.zeros(4); // layer, alternate_group
      out.u16(trak.volume);
      out.zeros(2); // reserved
      writeMatrix(out);
      out.u32(trak.width * 0x10000);
      out.u32(trak.height * 0x10000);
    });
    out.box("mdia", () => {
      out.fullBox("mdhd", 0, 0, () => {
        out.zeros(8); // creation_time, modification_time
        out.u32(trak.timescale);
        out.u32(0); // duration
        out.u16(0x55c4); // language "und"
        out.u16(0); // pre_defined
      });
      out.fullBox("hdlr", 0, 0, () => {
        out.u32(0); // pre_defined
        out.text(trak.handler);
        out.zeros(12); // reserved
        out.u8(0); // name
      });
      out.box("minf", () => {
        trak.writeMediaHeader();
        out.box("dinf", () =>
          out.fullBox("dref", 0, 0, () => {
            out.u32(1); // entry_count
            out.fullBox("url ", 0, 1, () => {}); // the media stands in the same file
          }));
        out.box("stbl", () => {
          out.fullBox("stsd", 0, 0, () => {
            out.u32(1); // entry_count
            trak.writeSampleEntry();
          });
          for (const type of ["stts", "stsc"]) out.fullBox(type, 0, 0, () => out.u32(0));
          out.fullBox("stsz", 0, 0, () => out.zeros(8)); // sample_size, sample_count
          out.fullBox("stco", 0, 0, () => out.u32(0));
        });
      });
    });
  });
}

/** AVCSampleEntry (12.1.3 and ISO/IEC 14496-15, 5.4.2.1). */
function writeAvc1(out: BoxWriter, { avcC, width, height }: InitContent): void {
  out.box("avc1", () => {
    out.zeros(6); // reserved
    out.u16(1); // data_reference_index
    out.zeros(16); // pre_defined, reserved
    out.u16(width);
    out.u16(height);
    out.u32(0x00480000); // horizresolution, 72 dpi
    out.u32(0x00480000); // vertresolution
    out.u32(0); // reserved
    out.u16(1); // frame_count
    out.zeros(32); // compressorname
    out.u16(0x0018); // depth
    out.u16(0xffff); // pre_defined
    out.box("avcC", () => out.bytes(avcC));
  });
}

/** MP4AudioSampleEntry (12.2.3 and ISO/IEC 14496-14, 6.7). */
function writeMp4a(out: BoxWriter, { audioSpecificConfig, soundRate }: InitContent, channels: number): void {
  out.box("mp4a", () => {
    out.zeros(6); // reserved
    out.u16(1); // data_reference_index
    out.zeros(8); // reserved
    out.u16(channels);
    out.u16(16); // samplesize
    out.zeros(4); // pre_defined, reserved
    out.u32(soundRate * 0x10000);
    out.fullBox("esds", 0, 0, () => writeEsDescriptor(out, audioSpecificConfig));
  });
}

/** ES_Descriptor (ISO/IEC 14496-1, 7.2.6.5). Bit rates stay 0, unknown, so that equal encoders give equal inits. */
function writeEsDescriptor(out: BoxWriter, audioSpecificConfig: Uint8Array): void {
  const decoderConfigBytes = 13 + DESCRIPTOR_HEADER_BYTES + audioSpecificConfig.length;
  writeDescriptorHeader(out, 0x03, 3 + DESCRIPTOR_HEADER_BYTES + decoderConfigBytes + DESCRIPTOR_HEADER_BYTES + 1);
  out.u16(SOUND_TRACK_ID); // ES_ID
  out.u8(0); // streamDependenceFlag, URL_Flag, OCRstreamFlag, streamPriority
  writeDescriptorHeader(out, 0x04, decoderConfigBytes); // DecoderConfigDescriptor
  out.u8(0x40); // objectTypeIndication: MPEG-4 audio
  out.u8(0x15); // streamType 5 (audio), upStream 0, reserved 1
  out.zeros(11); // bufferSizeDB, maxBitrate, avgBitrate
  writeDescriptorHeader(out, 0x05, audioSpecificConfig.length); // DecoderSpecificInfo
  out.bytes(audioSpecificConfig);
  writeDescriptorHeader(out, 0x06, 1); // SLConfigDescriptor
  out.u8(2); // predefined: for MP4 files
}

const DESCRIPTOR_HEADER_BYTES = 5;

/** Sizes are written in four bytes of seven bits, as ffmpeg and most others do. */
function writeDescriptorHeader(out: BoxWriter, tag: number, size: number): void {
  out.u8(tag);
  for (const shift of [21, 14, 7]) out.u8(0x80 | (size >>> shift));
  out.u8(size & 0x7f);
}

function writeTrex(out: BoxWriter, trackId: number): void {
  out.fullBox("trex", 0, 0, () => {
    out.u32(trackId);
    out.u32(1); // default_sample_description_index
    out.zeros(12); // default_sample_duration, _size, _flags: every fragment says its own
  });
}

function writeMatrix(out: BoxWriter): void {
  for (const value of [0x00010000, 0, 0, 0, 0x00010000, 0, 0, 0, 0x40000000]) out.u32(value);
}
