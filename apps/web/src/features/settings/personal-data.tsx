import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { useServices } from '../../lib/services.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { Setting, SettingsSection } from './setting.tsx';
import { useWords } from './use-words.ts';

/** All that there is of a person: to take along, and to delete. */
export function PersonalData() {
  const { actions } = useServices();
  const words = useWords();
  const [isExporting, setExporting] = useState(false);
  const [isDeleting, setDeleting] = useState(false);
  async function exportAll(): Promise<void> {
    setExporting(true);
    await actions.exportAccount();
    setExporting(false);
  }
  return (
    <SettingsSection title={words.personal}>
      <Setting label={words.exportAll} hint={words.exportHint}>
        <Button disabled={isExporting} onClick={() => void exportAll()}>
          {isExporting ? words.exporting : words.exportButton}
        </Button>
      </Setting>
      <Setting label={words.deleteAll} hint={words.deleteHint}>
        <Button className="text-bad!" onClick={() => setDeleting(true)}>
          {words.deleteButton}
        </Button>
      </Setting>
      <DeleteDialog isOpen={isDeleting} onClose={() => setDeleting(false)} />
    </SettingsSection>
  );
}
