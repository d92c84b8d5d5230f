import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { Check, Circle, LoaderCircle, X, type LucideIcon } from 'lucide-react';
import { CommandLine } from '../../components/command-line.tsx';
import { upCommand } from '../../lib/bridge-commands.ts';
import { engineLine } from '../../lib/computer-words.ts';
import { inWords } from '../../lib/failure.ts';
import { secondsWords } from '../../lib/size-words.ts';
import { useTexts } from '../../lib/use-texts.ts';
import type { WayPart, WayStep } from '../../lib/whole-way.ts';
import type { Texts } from '../../texts/texts.ts';

const FACES: Record<WayStep['phase'], { icon: LucideIcon; className: string }> = {
  waiting: { icon: Circle, className: 'text-line-strong' },
  running: { icon: LoaderCircle, className: 'animate-spin text-ink-soft' },
  done: { icon: Check, className: 'text-good' },
  failed: { icon: X, className: 'text-bad' },
};

/** What mends a part, where one line does. */
const COMMANDS: Partial<Record<WayPart, (computer: BridgeStatus) => string>> = {
  computer: upCommand,
  engine: () => 'ollama serve',
  model: () => 'ollama pull llama3.2:1b',
};

export type WayRowProps = { part: WayPart; step: WayStep; computer: BridgeStatus };

/** One part of the way: whether it works, what was found, or what to do. */
export function WayRow({ part, step, computer }: WayRowProps) {
  const texts = useTexts();
  const { icon: Icon, className } = FACES[step.phase];
  const failure = step.failure && inWords(step.failure, texts);
  const words = wayWords(part, step, computer, texts);
  const command = step.phase === 'failed' ? COMMANDS[part]?.(computer) : undefined;
  return (
    <li className="flex gap-3 px-4 py-3">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${className}`} strokeWidth={2.5} />
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <p className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className={step.phase === 'waiting' ? 'text-ink-soft' : 'font-strong'}>
            {texts.guide.steps[part]}
            <span className="sr-only">: {texts.guide.phases[step.phase]}</span>
          </span>
          {words !== undefined && (
            <span
              className={`min-w-0 wrap-anywhere tabular-nums ${step.phase === 'failed' ? 'text-bad' : 'text-ink-soft'}`}
            >
              {words}
            </span>
          )}
        </p>
        {failure && <p className="wrap-anywhere text-ink-soft">{failure.detail ?? failure.title}</p>}
        {command !== undefined && <CommandLine command={command} />}
      </div>
    </li>
  );
}

function wayWords(part: WayPart, step: WayStep, computer: BridgeStatus, texts: Texts): string | undefined {
  const { guide, language } = texts;
  const { phase, milliseconds = 0, found = '' } = step;
  if (phase === 'running') return part === 'answer' ? guide.answerRunning(found) : undefined;
  if (phase === 'done') {
    const words: Record<WayPart, string> = {
      relay: guide.relayDone(Math.round(milliseconds)),
      computer: guide.computerDone(found),
      engine: guide.engineDone(engineLine(computer, texts)),
      model: guide.modelDone(found),
      answer: guide.answerDone(secondsWords(milliseconds, language)),
    };
    return words[part];
  }
  return phase === 'failed' ? guide[`${part}Failed`] : undefined;
}
