/** One label for each use of a key or a hash, so that bytes made for one purpose never pass for another. */
export const Label = {
  phrase: 'orrery/rendezvous/1/phrase',
  roomId: 'orrery/rendezvous/1/room-id',
  roomKey: 'orrery/rendezvous/1/room-key',
  writeToken: 'orrery/rendezvous/1/write-token',
  message: 'orrery/rendezvous/1/message',
  secrets: 'orrery/rendezvous/1/secrets',
} as const;
