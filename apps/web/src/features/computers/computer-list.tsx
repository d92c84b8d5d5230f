import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { useState } from 'react';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { ComputerRow } from './computer-row.tsx';

/** The computers in their person's order, which is changed by buttons, by the menu, or by dragging. */
export function ComputerList({ computers, isKnown }: { computers: readonly BridgeStatus[]; isKnown: boolean }) {
  const { computerActions } = useServices();
  const texts = useTexts().computers;
  const [said, setSaid] = useState('');
  const [dragged, setDragged] = useState<string>();
  const [target, setTarget] = useState<string>();

  function move({ bridgeId, name }: BridgeStatus, place: number, by: 'up' | 'down'): void {
    void computerActions.move(bridgeId, place);
    setSaid(texts.moved(name, place + 1));
    // The row has moved in the document, and the button that was pressed may have come to the end.
    requestAnimationFrame(() => {
      const other = by === 'up' ? 'down' : 'up';
      const buttons = [by, other].map((direction) => document.getElementById(`${direction}-${bridgeId}`));
      buttons.find((button) => button instanceof HTMLButtonElement && !button.disabled)?.focus();
    });
  }
  function endDrag(): void {
    setDragged(undefined);
    setTarget(undefined);
  }

  return (
    <>
      <ol className="flex flex-col gap-3">
        {computers.map((computer, place) => (
          <ComputerRow
            key={computer.bridgeId}
            computer={computer}
            place={place}
            count={computers.length}
            isKnown={isKnown}
            isTarget={dragged !== undefined && target === computer.bridgeId && dragged !== target}
            onMove={(next, by) => move(computer, next, by)}
            drag={{
              onDragStart(event) {
                event.dataTransfer.effectAllowed = 'move';
                setDragged(computer.bridgeId);
              },
              onDragOver(event) {
                if (dragged === undefined) return;
                event.preventDefault();
                setTarget(computer.bridgeId);
              },
              onDrop(event) {
                if (dragged === undefined) return;
                event.preventDefault();
                if (dragged !== computer.bridgeId) void computerActions.move(dragged, place);
                endDrag();
              },
              onDragEnd: endDrag,
            }}
          />
        ))}
      </ol>
      <output className="sr-only">{said}</output>
    </>
  );
}
