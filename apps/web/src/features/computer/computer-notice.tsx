import { CloudOff, Moon, PlugZap, Unplug } from 'lucide-react';
import { CommandLine } from '../../components/command-line.tsx';
import { Notice } from '../../components/notice.tsx';
import { computerState, engineName } from '../../lib/computer-state.ts';
import { useServices } from '../../lib/services.ts';
import { agoWords } from '../../lib/time-words.ts';
import { useNow } from '../../lib/use-now.ts';
import { useStore } from '../../lib/use-store.ts';

const CONNECT_COMMAND = 'cloudtolocalllm up';

/** When nothing can answer: what is the matter, and what to do about it. Goes away by itself. */
export function ComputerNotice() {
  const { computers } = useServices();
  const { phase, list } = useStore(computers);
  const now = useNow();
  const best = list[0];
  if (phase === 'loading') return null;
  if (phase === 'failing') {
    return (
      <Notice icon={CloudOff} tone="warn" title="The relay can’t be reached">
        <p className="text-ink-soft">Trying again by itself. What you write stays here.</p>
      </Notice>
    );
  }
  if (best === undefined) {
    return (
      <Notice icon={PlugZap} tone="calm" title="Connect your computer">
        <p className="text-ink-soft">
          On the computer that runs your models, type this. It only dials out; no port is opened.
        </p>
        <CommandLine command={CONNECT_COMMAND} />
      </Notice>
    );
  }
  const state = computerState(best);
  if (state === 'online') return null;
  if (state === 'engine-down') {
    const engine = engineName(best);
    return (
      <Notice icon={Unplug} tone="warn" title={`${engine} isn’t answering on ${best.name}`}>
        <p className="text-ink-soft">
          {best.name} itself is online. Start {engine} there{engine === 'Ollama' ? ', for example with:' : '.'}
        </p>
        {engine === 'Ollama' && <CommandLine command="ollama serve" />}
      </Notice>
    );
  }
  const seen = best.lastSeen === null ? '' : ` Last seen ${agoWords(best.lastSeen, now)}.`;
  return (
    <Notice icon={Moon} tone="warn" title={`${best.name} is offline`}>
      <p className="text-ink-soft">Wake it up, or type this on it to connect it again.{seen}</p>
      <CommandLine command={CONNECT_COMMAND} />
    </Notice>
  );
}
