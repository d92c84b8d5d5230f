import { AnswerFault } from './event-reader.ts';
import { countOf, fieldsOf, isFields, listOf, parsedFields, textOf } from './record.ts';

const MAX_CALLS = 128;
const MAX_ARGUMENTS_CHARACTERS = 1024 * 1024;

/** Calls of tools, gathered from the pieces in which OpenAI tells them: Ollama tells each as a whole. */
export class ToolCalls {
  readonly #calls = new Map<number, { name: string; text: string }>();
  #characters = 0;

  /** Throws AnswerFault for more than anybody means. */
  add(pieces: unknown): void {
    for (const piece of listOf(pieces)) {
      const { index, function: called } = fieldsOf(piece);
      const { name, arguments: given } = fieldsOf(called);
      const at = countOf(index) ?? this.#calls.size;
      const call = this.#calls.get(at) ?? { name: '', text: '' };
      call.name ||= textOf(name).slice(0, 256);
      const text = isFields(given) ? JSON.stringify(given) : textOf(given);
      call.text += text;
      this.#characters += text.length;
      this.#calls.set(at, call);
      if (this.#calls.size > MAX_CALLS || this.#characters > MAX_ARGUMENTS_CHARACTERS) {
        throw new AnswerFault('The engine called more tools than can be told.');
      }
    }
  }

  /** All of them, as Ollama tells them. Throws AnswerFault for arguments that are no JSON object. */
  take(): object[] {
    const calls = [...this.#calls.entries()].toSorted(([a], [b]) => a - b);
    this.#calls.clear();
    return calls.map(([, { name, text }]) => {
      const given = text.trim() === '' ? {} : parsedFields(text);
      if (given === undefined) throw new AnswerFault(`The engine called the tool "${name}" with broken arguments.`);
      return { function: { name, arguments: given } };
    });
  }
}
