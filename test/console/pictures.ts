import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** A folder for pictures of the pages, outside the project. Unset: none are taken. */
const PICTURES = process.env.CONSOLE_PICTURES;
const WIDTHS = [360, 820, 1440] as const;

/** Takes a picture of the page at each width. */
export async function takePictures(page: Page, name: string): Promise<void> {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 500 ? 780 : 900 });
    await page.screenshot({ path: join(PICTURES, `${name}-${width}.png`) });
  }
  if (before) await page.setViewportSize(before);
}
