export { concat, equal, utf8 } from './bytes.ts';
export {
  type Codec,
  type Value,
  boolean,
  byte,
  decode,
  encode,
  fixed,
  literal,
  mpint,
  nameList,
  raw,
  string,
  text,
  uint32,
  uint64,
} from './codec.ts';
export { FormatError, UnknownKindError } from './format-error.ts';
export { list, nested, optional, struct, variant } from './message.ts';
export { Reader } from './reader.ts';
export { Writer } from './writer.ts';
