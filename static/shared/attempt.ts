/** What an extra of the page gives, or what stands in for it where the browser lacks something that it needs: the picture goes on without. */
export function attempt<T>(make: () => T, instead: T): T {
  try {
    return make();
  } catch (problem) {
    console.error(problem);
    return instead;
  }
}
