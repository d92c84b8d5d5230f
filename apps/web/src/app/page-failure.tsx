import { CircleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Notice } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { useServices } from '../lib/services.ts';
import { useStore } from '../lib/use-store.ts';
import { useTexts } from '../lib/use-texts.ts';

/** Stands where a page could not be fetched or drawn; another page is another try. */
export function PageFailure({ tryAgain }: { tryAgain: () => void }) {
  const { router } = useServices();
  const { shell, common } = useTexts();
  const { path } = useStore(router.route);
  const [failedPath] = useState(path);
  useEffect(() => {
    if (path !== failedPath) tryAgain();
  }, [path, failedPath, tryAgain]);
  return (
    <Page title={shell.pageFailed}>
      <Notice icon={CircleAlert} tone="bad" title={shell.pageFailedHint} role="alert">
        <div className="flex flex-wrap gap-2">
          <Button onClick={tryAgain}>{common.tryAgain}</Button>
          {/* After an update of the relay the old parts are gone. */}
          <Button look="quiet" onClick={() => window.location.reload()}>
            {shell.reload}
          </Button>
        </div>
      </Notice>
    </Page>
  );
}
