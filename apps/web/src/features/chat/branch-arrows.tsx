import { ChevronLeft, ChevronRight } from 'lucide-react';
import { IconButton } from '../../components/icon-button.tsx';
import { useTexts } from '../../lib/use-texts.ts';

/** Where a message stands among those at the same place. A plain string keeps rows that did not change as they are. */
export type BranchPlace = {
  /** Their ids, the oldest first, with commas between them. */
  siblings: string;
  id: string;
  onShow: (messageId: string) => void;
};

/** "2 / 3", and the ways to the ones beside it. */
export function BranchArrows({ place, what }: { place: BranchPlace; what: 'question' | 'answer' }) {
  const words = useTexts().composer;
  const ids = place.siblings.split(',');
  if (ids.length < 2) return null;
  const at = ids.indexOf(place.id);
  const to = (index: number) => () => place.onShow(ids[index] ?? place.id);
  return (
    <fieldset aria-label={words.versions[what]} className="flex items-center">
      <IconButton
        icon={ChevronLeft}
        label={words.previous[what]}
        size="small"
        disabled={at === 0}
        onClick={to(at - 1)}
      />
      <span className="tabular-nums">
        {at + 1} / {ids.length}
      </span>
      <IconButton
        icon={ChevronRight}
        label={words.next[what]}
        size="small"
        disabled={at === ids.length - 1}
        onClick={to(at + 1)}
      />
    </fieldset>
  );
}
