import { RoomError } from '../src/room-error.ts';

/** For assert.throws and assert.rejects: a RoomError of this code. */
export function roomError(code: RoomError['code']): (error: unknown) => boolean {
  return (error) => error instanceof RoomError && error.code === code;
}
