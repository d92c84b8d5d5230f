// The relay's own, as literals: importing them would put the schemas of the whole API into every web page. A test
// compares them with the protocol's.

/** Media types of images that can go with a question. */
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const;
export const MAX_IMAGE_BYTES = 10 * 1024 * 1024;
/** Besides `text/*`: what is taken as text. */
export const TEXT_TYPES = ['application/json', 'application/xml', 'application/yaml', 'application/toml'] as const;
export const MAX_TEXT_BYTES = 512 * 1024;
export const MAX_ATTACHMENTS_PER_MESSAGE = 8;
export const MAX_IMPORT_BYTES = 200 * 1024 * 1024;
/** Statuses of messages that are still being made. */
export const RUNNING_STATUSES = ['queued', 'loading', 'streaming'] as const;
/** How long a deleted conversation can be had back. */
export const UNDO_DELETE_MS = 30_000;
