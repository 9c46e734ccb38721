import { Component, type ComponentChildren } from 'preact';
import { COMMON } from '#console/base/common-texts.ts';
import { useTexts } from '#console/base/context.ts';
import { Placeholder } from './parts.tsx';

type Props = { children: ComponentChildren };

/** Shows a text in place of a page that failed, for example because of an answer that it does not understand. */
export class Boundary extends Component<Props, { hasFailed: boolean }> {
  static override getDerivedStateFromError = (): { hasFailed: boolean } => ({ hasFailed: true });

  override componentDidCatch(error: unknown): void {
    reportError(error);
  }

  override render() {
    return this.state.hasFailed ? <Broken /> : this.props.children;
  }
}

/** What stands in the place of a page that has failed. */
function Broken() {
  const t = useTexts(COMMON);
  return (
    <Placeholder
      icon="cross"
      title={t('brokenTitle')}
      action={
        <button type="button" class="button" onClick={() => location.assign(location.pathname)}>
          {t('openAgain')}
        </button>
      }
    >
      {t('brokenLead')}
    </Placeholder>
  );
}

/** What stands in the place of a page whose file could not be loaded. A reload brings the files of the present release. */
export function NotLoaded() {
  const t = useTexts(COMMON);
  return (
    <Placeholder
      icon="question"
      title={t('notLoadedTitle')}
      action={
        <button type="button" class="button" onClick={() => location.reload()}>
          {t('loadAgain')}
        </button>
      }
    >
      {t('notLoadedLead')}
    </Placeholder>
  );
}
