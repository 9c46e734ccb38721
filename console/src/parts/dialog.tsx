import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { COMMON } from '#console/base/common-texts.ts';
import { useTexts } from '#console/base/context.ts';
import { Icon } from './icons.tsx';

type Props = {
  title: string;
  /** Beside the title, like a status. */
  marks?: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
};

/** A panel above the page, opened by a link. Escape, its button and a click beside it close it. */
export function Dialog({ title, marks, onClose, children }: Props) {
  const t = useTexts(COMMON);
  const dialog = useRef<HTMLDialogElement>(null);
  const hasLeft = useRef(false);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      // Closing gives the focus back. The view has changed already, so it is no reason to change it again.
      hasLeft.current = true;
      shown?.close();
    };
  }, []);
  const pressed = useRef<EventTarget | null>(null);
  const closeOutside = ({ target, currentTarget }: MouseEvent): void => {
    // The content covers the whole dialog, so a click on the dialog itself is on its backdrop. Selecting text may end there.
    if (target === currentTarget && pressed.current === currentTarget) dialog.current?.close();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself.
    <dialog
      ref={dialog}
      class="message"
      aria-labelledby="dialog-title"
      onClose={() => hasLeft.current || onClose()}
      onPointerDown={({ target }) => {
        pressed.current = target;
      }}
      onClick={closeOutside}
    >
      <div class="message-body">
        <div class="message-head">
          <h2 id="dialog-title">{title}</h2>
          {marks}
          <button type="button" class="icon-button" aria-label={t('close')} onClick={() => dialog.current?.close()}>
            <Icon name="cross" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
