import { EngineError } from './engine-error.ts';
import { type Fields, listField, textField } from './fields.ts';

/** @throws EngineError `bad-request` for a request with tools, whichever API it came by: this model calls none. */
export function refuseTools(body: Fields): void {
  if (listField(body, 'tools').length > 0) throw unable(body, 'tools');
}

/** @throws EngineError `bad-request` where thinking `isAsked`. */
export function refuseThinking(body: Fields, isAsked: boolean): void {
  if (isAsked) throw unable(body, 'thinking');
}

function unable(body: Fields, ability: string): EngineError {
  const name = JSON.stringify(textField(body, 'model') ?? '');
  return new EngineError('bad-request', `${name} does not support ${ability}`);
}
