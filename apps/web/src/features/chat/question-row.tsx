import { Pencil } from 'lucide-react';
import { memo, useState } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { MessageText } from '../../components/message-text.tsx';
import type { ThreadMessage } from '../../lib/thread.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { BranchArrows, type BranchPlace } from './branch-arrows.tsx';
import { DeleteMessage } from './delete-message.tsx';
import { MessageFiles } from './message-files.tsx';
import { QuestionEditor } from './question-editor.tsx';

export type QuestionRowProps = {
  message: ThreadMessage;
  place: BranchPlace;
  /** Absent while it can't be asked in other words. */
  onEdit?: (message: ThreadMessage, content: string) => void;
  /** It is put in other words now, or no more: what is written lives in this row. */
  onEditing: (id: string, isEditing: boolean) => void;
};

/** The person's own words. */
export const QuestionRow = memo(
  function QuestionRow({ message, place, onEdit, onEditing }: QuestionRowProps) {
    const texts = useTexts().messages;
    const [isEditing, setEditing] = useState(false);
    const edit = (next: boolean): void => {
      setEditing(next);
      onEditing(message.id, next);
    };
    if (isEditing) {
      const send = (content: string): void => {
        edit(false);
        onEdit?.(message, content);
      };
      return <QuestionEditor content={message.content} onCancel={() => edit(false)} onSend={onEdit && send} />;
    }
    return (
      <article aria-label={texts.you} className="group/question flex flex-col items-end gap-2 pt-2">
        <MessageFiles files={message.attachments} />
        {/* Beside the words where there is room, so that the answer stays near its question. */}
        <div className="flex w-full flex-col items-end gap-x-2 gap-y-1 lg:flex-row-reverse">
          <div className="flex max-w-[85%] min-w-0 flex-col gap-3 rounded-large rounded-ee-row bg-bubble px-4 py-2.5 text-body [overflow:clip] [overflow-clip-margin:0.5rem] lg:max-w-[75%] [&_p]:whitespace-pre-wrap">
            <MessageText text={message.content} />
          </div>
          <div className="-mb-2 flex h-8 shrink-0 items-center gap-1.5 text-caption text-ink-soft lg:mb-1.5">
            <span className="flex items-center gap-1.5 transition-opacity duration-150 lg:opacity-0 lg:group-hover/question:opacity-100 lg:group-has-focus-visible/question:opacity-100">
              <CopyButton text={message.content} label={texts.copyQuestion} />
              {onEdit && (
                <IconButton icon={Pencil} label={texts.editQuestion} size="small" onClick={() => edit(true)} />
              )}
              {onEdit && <DeleteMessage message={message} />}
            </span>
            <BranchArrows place={place} what="question" />
          </div>
        </div>
      </article>
    );
  },
  (before, after) =>
    before.message === after.message &&
    before.onEdit === after.onEdit &&
    before.onEditing === after.onEditing &&
    samePlace(before, after),
);

export function samePlace(
  { place: before }: { place: BranchPlace },
  { place: after }: { place: BranchPlace },
): boolean {
  return before.siblings === after.siblings && before.id === after.id && before.onShow === after.onShow;
}
