/** Calls back every so many ms until the returned function is called. */
export function every(callback: () => void, ms: number): () => void {
  const timer = setInterval(callback, ms);
  return () => clearInterval(timer);
}
