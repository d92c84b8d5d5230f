import { useTexts } from '../lib/use-texts.ts';
import { Button } from './button.tsx';

export type FormButtonsProps = { submit: string; isBusy: boolean; isReady?: boolean; onCancel: () => void };

/** The end of a form in a dialog. */
export function FormButtons({ submit, isBusy, isReady = true, onCancel }: FormButtonsProps) {
  const texts = useTexts();
  return (
    <div className="flex justify-end gap-2 max-sm:flex-col-reverse">
      <Button disabled={isBusy} onClick={onCancel}>
        {texts.common.cancel}
      </Button>
      <Button look="primary" type="submit" disabled={isBusy || !isReady}>
        {submit}
      </Button>
    </div>
  );
}
