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
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useAccessTexts } from './use-access-texts.ts';

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

/** What happened, to what, when and from where. */
export function ActivityRow({ event }: { event: AuditEvent }) {
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
          <Subject event={event} />
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
function Subject({ event: { action, target = '', note } }: { event: AuditEvent }) {
  const { computers } = useServices();
  const { texts } = useAccessTexts();
  const list = useStore(computers, (value) => value.list);
  if (target.startsWith('proxy-')) {
    // The note of an end is its reason.
    const { ends } = texts.proxies;
    const words = action === 'proxy_ended' && note !== undefined && isEnd(ends, note) ? ends[note] : note;
    return (
      <Link to={`/access/proxies/${target}`} className="text-accent underline underline-offset-2">
        {words ?? texts.activity.proxy}
      </Link>
    );
  }
  const computer = list.find(({ bridgeId }) => bridgeId === target)?.name;
  if (computer !== undefined)
    return [computer, note].filter((part) => part !== undefined && part !== '').join(texts.dot);
  // Nobody knows an id by heart: the name is in the note, else only the kind is told.
  const kind = target.startsWith('key-') || target.startsWith('bridge-') ? '' : target;
  return [kind, note ?? ''].filter((part) => part !== '').join(texts.dot);
}

function isEnd(ends: Record<ProxyEnd, string>, note: string): note is ProxyEnd {
  return note in ends;
}
