import { isUtf8 } from 'node:buffer';
import { IMAGE_TYPES, MAX_IMAGE_BYTES, MAX_TEXT_BYTES, TEXT_TYPES } from '@cloudtolocalllm/protocol';
import { RelayError } from '../../errors.ts';

type ImageType = (typeof IMAGE_TYPES)[number];

/** What stands where in a file of each type, as Latin-1 (WHATWG MIME Sniffing, section 6.1). */
const SIGNATURES: Record<ImageType, [offset: number, text: string][]> = {
  'image/png': [[0, '\x89PNG\r\n\x1a\n']],
  'image/jpeg': [[0, '\xff\xd8\xff']],
  'image/webp': [
    [0, 'RIFF'],
    [8, 'WEBPVP'],
  ],
  'image/gif': [
    [0, 'GIF8'],
    [5, 'a'],
  ],
};
const SIGNATURE_BYTES = 16;

const TEXT_TYPE = /^text\/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}$/;

/**
 * The media type of a Content-Type header without its parameters.
 * @throws RelayError unsupported_media_type when it is neither an image nor a text that a model can be shown.
 */
export function attachmentType(contentType: string | undefined): string {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  const isText = TEXT_TYPE.test(type) || includes(TEXT_TYPES, type);
  if (!isText && !includes(IMAGE_TYPES, type)) {
    throw unsupported(
      `Files are images (${IMAGE_TYPES.join(', ')}) or text (text/*, ${TEXT_TYPES.join(', ')}): ` +
        'say in Content-Type which.',
    );
  }
  if (isText && charset !== undefined && !['utf-8', 'utf8', '"utf-8"', 'us-ascii'].includes(charset)) {
    throw unsupported('Text must be UTF-8: convert the file and send it again.');
  }
  return type;
}

/**
 * Looks whether the bytes are what their type says.
 * @throws RelayError validation_failed, payload_too_large, unsupported_media_type.
 */
export function checkContent(type: string, bytes: Buffer): void {
  if (bytes.length === 0) {
    throw new RelayError('validation_failed', 'The file is empty.', {
      details: { body: 'must be the bytes of a file' },
    });
  }
  if (includes(IMAGE_TYPES, type)) {
    if (bytes.length > MAX_IMAGE_BYTES) throw tooLarge('image', MAX_IMAGE_BYTES);
    const beginning = bytes.toString('latin1', 0, SIGNATURE_BYTES);
    const isOfType = SIGNATURES[type].every(([offset, text]) => beginning.startsWith(text, offset));
    if (!isOfType) throw unsupported(`The file does not begin as one of type ${type} does.`);
    return;
  }
  if (bytes.length > MAX_TEXT_BYTES) throw tooLarge('text', MAX_TEXT_BYTES);
  if (!isUtf8(bytes) || bytes.includes(0)) throw unsupported('The file is no text: its bytes are not UTF-8.');
}

function includes<Type extends string>(types: readonly Type[], type: string): type is Type {
  return (types as readonly string[]).includes(type); // as: a narrower list refuses to be asked
}

function tooLarge(what: string, bytes: number): RelayError {
  return new RelayError('payload_too_large', `The file is larger than the ${bytes} bytes that ${what} files may have.`);
}

function unsupported(message: string): RelayError {
  return new RelayError('unsupported_media_type', message);
}
