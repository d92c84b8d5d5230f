import { placeAfter, type ChatEvent } from '@cloudtolocalllm/sdk';

/** What one listener has been told of an answer: its text, as a page would show it. */
export class ToldAnswer {
  text = '';
  /** From where to go on. */
  seen = 0;
  end: Extract<ChatEvent, { type: 'complete' | 'error' }> | undefined;

  add(event: ChatEvent): void {
    this.seen = placeAfter(this.seen, event);
    if (event.type === 'start') this.text = '';
    else if (event.type === 'chunk') this.text += event.content;
    else if (event.type === 'replace') this.text = event.content;
    else if (event.type === 'complete' || event.type === 'error') this.end = event;
  }
}
