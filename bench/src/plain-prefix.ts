/** In front of the engine's paths, where the bench's relay opens exchanges without its gateway. */
export const PLAIN_PREFIX = '/plain';
