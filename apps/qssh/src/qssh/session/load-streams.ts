import type { Settings } from '../../config/settings.ts';

/**
 * Makes the standard streams, which takes Node.js some milliseconds: for a moment in which there is nothing else to do.
 * Those that the session does not use stay as they are: a shell that reads from the same pipe would notice.
 */
export function loadStandardStreams(settings: Settings): void {
  if (settings.get('sessiontype') === 'none') return;
  for (const name of ['stdin', 'stdout', 'stderr'] as const) {
    if (name === 'stdin' && settings.isOn('stdinnull')) continue;
    try {
      void process[name];
    } catch {
      // Whoever uses it sees what is wrong with it.
    }
  }
}
