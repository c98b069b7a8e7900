/** The track ids that inits and fragments share. They are the same in every rendition and run, so that a splice is no change of tracks. */
export const VIDEO_TRACK_ID = 1;
export const SOUND_TRACK_ID = 2;
