import {
  CircleAlert,
  CircleX,
  KeyRound,
  Lock,
  LogIn,
  Monitor,
  MonitorCheck,
  MonitorX,
  Pencil,
  ShieldCheck,
  Waypoints,
  type LucideIcon,
} from 'lucide-react';
import type { AuditEvent, ProxyEnd } from '@cloudtolocalllm/sdk';
import { Link } from '../../components/link.tsx';
import { clockWords, momentWords } from '../../lib/amounts.ts';
import { readNote } from '../../lib/audit-notes.ts';
import { useAccessTexts } from './use-access-texts.ts';
import { useComputerName } from './use-computer-name.ts';

const ICONS: Record<AuditEvent['action'], LucideIcon> = {
  signed_in: LogIn,
  sign_in_failed: CircleAlert,
  token_accepted: ShieldCheck,
  password_changed: Lock,
  bridge_approved: MonitorCheck,
  bridge_registered: Monitor,
  bridge_renamed: Pencil,
  bridge_revoked: MonitorX,
  key_created: KeyRound,
  key_revoked: CircleX,
  proxy_created: Waypoints,
  proxy_ended: CircleX,
};

export type ActivityRowProps = {
  event: AuditEvent;
  /** Of the key or proxy that it was done to, where that is known. */
  name: string | undefined;
};

/** What happened, to what, when and from where. */
export function ActivityRow({ event, name }: ActivityRowProps) {
  const { texts, language } = useAccessTexts();
  const { activity: words } = texts;
  const { action, timestamp, address } = event;
  // A relay that is newer than this page may write down more kinds.
  const Icon = action in ICONS ? ICONS[action] : ShieldCheck;
  const title = action in words.events ? words.events[action] : words.unknown(action);
  const time = Date.parse(timestamp);
  const isBad = action === 'sign_in_failed';
  return (
    <li className="flex items-start gap-3 px-4 py-3">
      <Icon
        aria-hidden
        className={`mt-0.5 size-4 shrink-0 ${isBad ? 'text-bad' : 'text-ink-soft'}`}
        strokeWidth={1.75}
      />
      <div className="flex min-w-0 flex-1 flex-col gap-0.5 sm:flex-row sm:items-baseline sm:gap-4">
        <p className={`shrink-0 font-strong sm:w-56 ${isBad ? 'text-bad' : ''}`}>{title}</p>
        <p dir="auto" className="min-w-0 flex-1 text-ink-soft wrap-anywhere">
          <Subject event={event} name={name} />
        </p>
        {address !== undefined && (
          <p className="shrink-0 text-caption text-ink-soft tabular-nums">{words.from(address)}</p>
        )}
      </div>
      <time
        dateTime={timestamp}
        title={momentWords(time, language)}
        className="mt-px shrink-0 text-caption text-ink-soft tabular-nums"
      >
        {clockWords(time, language)}
      </time>
    </li>
  );
}

/** What it was done to, by the name that the person knows, and what there is to say about it. */
function Subject({ event, name }: ActivityRowProps) {
  const { texts } = useAccessTexts();
  const computerName = useComputerName();
  const { action, target = '' } = event;
  const { bridgeId, scopes, text } = readNote(event);
  const { ends, on } = texts.proxies;
  const known = target.startsWith('bridge-') ? computerName(target, '') : name;
  const details = [
    scopes?.map((scope) => texts.keys.scopes[scope].name).join(', '),
    bridgeId === undefined ? undefined : on(computerName(bridgeId)),
    // The note of an end is its reason; that of a computer begins with its name.
    action === 'proxy_ended' && text !== undefined && isEnd(ends, text) ? ends[text] : afterName(text, known),
  ].filter((part) => part !== undefined && part !== '');
  if (target.startsWith('proxy-')) {
    return (
      <>
        <Link to={`/access/proxies/${target}`} className="text-accent underline underline-offset-2">
          {name ?? texts.proxies.unnamed}
        </Link>
        {details.map((part) => texts.dot + part)}
      </>
    );
  }
  // Nobody knows an id by heart.
  const subject = known ?? (/^(key|bridge)-/.test(target) ? undefined : target);
  return [subject, ...details].filter((part) => part !== undefined && part !== '').join(texts.dot);
}

function afterName(text: string | undefined, name: string | undefined): string | undefined {
  if (text === undefined || name === undefined || name === '' || !text.startsWith(`${name} (`)) return text;
  return text.slice(name.length + 2).replace(/\)$/, '');
}

function isEnd(ends: Record<ProxyEnd, string>, note: string): note is ProxyEnd {
  return note in ends;
}
