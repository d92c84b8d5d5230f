import { useState, type ReactNode } from 'react';
import { Dialog } from '../../components/dialog.tsx';

export type MakeDialogProps<Made> = {
  isOpen: boolean;
  onClose: () => void;
  label: string;
  renderForm: (onMade: (made: Made) => void, onCancel: () => void) => ReactNode;
  /** `isLeaving`: somebody wants to close the dialog who may not have kept the secret yet. */
  renderResult: (made: Made, onDone: () => void, isLeaving: boolean) => ReactNode;
};

/**
 * Making something that has a secret: the form, then what is shown this once. The secret lives in the second step's state
 * alone and is gone with it. A press outside or Escape doesn't lose it: the first one only asks.
 */
export function MakeDialog<Made>({ isOpen, onClose, label, renderForm, renderResult }: MakeDialogProps<Made>) {
  const [step, setStep] = useState<'form' | 'shown' | 'leaving'>('form');
  const close = (): void => {
    setStep('form');
    onClose();
  };
  const leave = (): void => (step === 'shown' ? setStep('leaving') : close());
  return (
    <Dialog isOpen={isOpen} onClose={leave} label={label} place="wide">
      <Steps
        renderForm={(onMade: (made: Made) => void) => renderForm(onMade, close)}
        renderResult={(made) => renderResult(made, close, step === 'leaving')}
        onShown={() => setStep('shown')}
      />
    </Dialog>
  );
}

type StepsProps<Made> = {
  renderForm: (onMade: (made: Made) => void) => ReactNode;
  renderResult: (made: Made) => ReactNode;
  onShown: () => void;
};

function Steps<Made>({ renderForm, renderResult, onShown }: StepsProps<Made>) {
  const [made, setMade] = useState<Made>();
  if (made !== undefined) return renderResult(made);
  return renderForm((value) => {
    setMade(value);
    onShown();
  });
}
