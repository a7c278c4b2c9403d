/** Makes the standard streams, which takes Node.js some milliseconds: for a moment in which there is nothing else to do. */
export function loadStandardStreams(): void {
  for (const name of ['stdin', 'stdout', 'stderr'] as const) {
    try {
      void process[name];
    } catch {
      // Whoever uses it sees what is wrong with it.
    }
  }
}
