import type { Attributes } from '@orrery/ssh';

/** Names in one folder, so that a server cannot fill the memory with a folder that never ends. */
export const MAX_FOLDER_NAMES = 1_000_000;

export interface FolderEntry {
  readonly name: string;
  readonly attributes: Attributes;
}

/** Where files are: this machine or another. Paths are names (names.ts). */
export interface Place {
  /** Follows links. */
  status(path: string): Promise<Attributes>;
  linkStatus(path: string): Promise<Attributes>;
  setStatus(path: string, attributes: Attributes): Promise<void>;
  /** Everything in a folder but `.` and `..`. What is no name in a folder is told and left out. */
  list(path: string): Promise<FolderEntry[]>;
  makeFolder(path: string, mode: number): Promise<void>;
}

/** What exists at a path, or undefined. */
export function statusIfAny(place: Place, path: string): Promise<Attributes | undefined> {
  return place.status(path).catch(() => undefined);
}

/** Whether a path leads to a folder. */
export async function isFolderAt(place: Place, path: string): Promise<boolean> {
  const { mode = 0 } = (await statusIfAny(place, path)) ?? {};
  return (mode & 0o170000) === 0o040000;
}
