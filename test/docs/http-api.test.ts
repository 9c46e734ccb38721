import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { commandRoutes, planRoutes, queryRoutes } from '#shared/api/routes.ts';
import { read } from './pages.ts';

const PAGE = 'docs/reference/http-api.md';
const TABLE = /(?<=<!-- table: begin -->\n)[\s\S]*(?=<!-- table: end -->)/;

it('the page of routes shows the route table', () => {
  const rows = [...commandRoutes(), ...planRoutes(), ...queryRoutes()]
    .sort((one, other) => (`${one.path} ${one.method}` < `${other.path} ${other.method}` ? -1 : 1))
    .map(
      ({ method, path, scope, summary }) =>
        `| \`${method} ${path}\` | ${scope ? `\`${scope}\`` : 'none'} | ${summary} |\n`,
    );
  const table = ['| route | scope | what it is for |\n', '|---|---|---|\n', ...rows].join('');
  const page = read(PAGE);
  if (process.env.UPDATE_APPROVED === '1')
    writeFileSync(
      join(import.meta.dirname, '../..', PAGE),
      page.replace(TABLE, () => table),
    );
  assert.equal(
    TABLE.exec(read(PAGE))?.[0],
    table,
    'Write it with UPDATE_APPROVED=1 node --test test/docs/http-api.test.ts',
  );
});
