export { type Conflict, type ReviewItem } from './review.ts';
