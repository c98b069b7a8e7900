/** Hours and minutes of the day, as the streamer's own clock has them. `time`: ISO 8601, or ms since 1970. */
export function sayClock(time: string | number): string {
  return new Date(time).toTimeString().slice(0, 5);
}
