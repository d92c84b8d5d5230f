import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { Moon, Unplug } from 'lucide-react';
import { upCommand } from '../lib/bridge-commands.ts';
import { computerState } from '../lib/computer-state.ts';
import { engineName } from '../lib/computer-words.ts';
import { agoWords } from '../lib/time-words.ts';
import { useNow } from '../lib/use-now.ts';
import { useTexts } from '../lib/use-texts.ts';
import { CommandLine } from './command-line.tsx';
import { Notice } from './notice.tsx';

/** What keeps a computer from answering, and what to do about it. */
export function ComputerAdvice({ computer }: { computer: BridgeStatus }) {
  const texts = useTexts();
  const { computers } = texts;
  const now = useNow();
  const { name, lastSeen } = computer;
  const state = computerState(computer);
  if (state === 'online') return null;
  if (state === 'engine-down') {
    const engine = engineName(computer, texts);
    const isOllama = engine === 'Ollama';
    return (
      <Notice icon={Unplug} tone="warn" title={computers.engineDown(engine, name)}>
        <p className="text-ink-soft">{isOllama ? computers.startOllama(name) : computers.startEngine(engine, name)}</p>
        {isOllama && <CommandLine command="ollama serve" />}
      </Notice>
    );
  }
  const seen = lastSeen === null ? '' : computers.lastSeen(agoWords(lastSeen, now, texts));
  return (
    <Notice icon={Moon} tone="warn" title={computers.offline(name)}>
      <p className="text-ink-soft">{computers.wake(seen)}</p>
      <CommandLine command={upCommand(computer)} />
    </Notice>
  );
}
