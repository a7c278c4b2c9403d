const messages = {
  'no-room': 'Cannot enter room: there is none for this phrase, or its time is over',
  taken: 'Cannot write to room: another message or another room is there already',
  forbidden: 'Cannot write to room: wrong write token',
  unauthentic: 'Cannot accept message from room: it was not sealed for this place with the key of the room',
  expired: 'Cannot use room: its time is over',
  closed: 'Cannot use room: it was closed',
} as const;

/** Why a room cannot be used. A relay over a wire sends the code and makes the error again from it. */
export class RoomError extends Error {
  override readonly name = 'RoomError';
  readonly code: keyof typeof messages;

  constructor(code: keyof typeof messages, options?: ErrorOptions) {
    super(messages[code], options);
    this.code = code;
  }
}
