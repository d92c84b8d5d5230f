import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { ArrowDown, ArrowUp, GripVertical } from 'lucide-react';
import type { DragEvent } from 'react';
import { IconButton } from '../../components/icon-button.tsx';
import { Link } from '../../components/link.tsx';
import { Mark } from '../../components/mark.tsx';
import { computerState } from '../../lib/computer-state.ts';
import { platformName, stateLine } from '../../lib/computer-words.ts';
import { computerPath } from '../../lib/router.ts';
import { percentWords } from '../../lib/size-words.ts';
import { useNow } from '../../lib/use-now.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { ComputerMenu } from './computer-menu.tsx';

export type ComputerRowProps = {
  computer: BridgeStatus;
  place: number;
  count: number;
  /** False while the relay can't be asked. */
  isKnown: boolean;
  /** A row is dragged over this one and would take its place. */
  isTarget: boolean;
  onMove: (place: number, by: 'up' | 'down') => void;
  drag: {
    onDragStart: (event: DragEvent) => void;
    onDragOver: (event: DragEvent) => void;
    onDrop: (event: DragEvent) => void;
    onDragEnd: () => void;
  };
};

/** One computer in the list: how it is, what it is, and its place. */
export function ComputerRow({ computer, place, count, isKnown, isTarget, onMove, drag }: ComputerRowProps) {
  const texts = useTexts();
  const { computers } = texts;
  const now = useNow();
  const { bridgeId, name, client } = computer;
  const isOnline = isKnown && computerState(computer) !== 'offline';
  const facts = [
    platformName(computer),
    `${computers.facts.version} ${client.version}`,
    ...(isOnline && client.systemLoad !== undefined
      ? [`${computers.facts.load}: ${percentWords(client.systemLoad, texts.language)}`]
      : []),
  ];
  const { onDragOver, onDrop, ...handle } = drag;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- dragging is a third way: buttons and menu do the same
    <li
      aria-label={computers.named(name)}
      onDragOver={onDragOver}
      onDrop={onDrop}
      className={`flex flex-wrap items-center gap-x-4 gap-y-1 rounded-card border bg-surface py-3 ps-4 pe-2 ${isTarget ? 'border-accent' : 'border-line'}`}
    >
      <Mark lit={isKnown && computerState(computer) === 'online'} className="size-8 text-ink" />
      <div className="flex min-w-0 flex-1 basis-48 flex-col">
        <h2 className="truncate text-body font-strong">
          <Link to={computerPath(bridgeId)} dir="auto" className="touch-target underline-offset-4 hover:underline">
            {name}
          </Link>
        </h2>
        <p>{isKnown ? stateLine(computer, now, texts) : computers.unknown}</p>
        <p className="text-caption text-ink-soft tabular-nums">{facts.join(' · ')}</p>
      </div>
      <div className="ms-auto flex items-center">
        {count > 1 && (
          <>
            <span
              {...handle}
              draggable
              aria-hidden
              className="hidden size-9 cursor-grab items-center justify-center text-ink-soft active:cursor-grabbing pointer-fine:inline-flex"
            >
              <GripVertical className="size-4" strokeWidth={1.75} />
            </span>
            <IconButton
              id={`up-${bridgeId}`}
              icon={ArrowUp}
              label={computers.upNamed(name)}
              disabled={place === 0}
              onClick={() => onMove(place - 1, 'up')}
            />
            <IconButton
              id={`down-${bridgeId}`}
              icon={ArrowDown}
              label={computers.downNamed(name)}
              disabled={place === count - 1}
              onClick={() => onMove(place + 1, 'down')}
            />
          </>
        )}
        <ComputerMenu computer={computer} place={place} count={count} />
      </div>
    </li>
  );
}
