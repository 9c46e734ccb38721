import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseHtml } from '#shared/notification/settings/html-template.ts';
import { filled, type ParsedTemplate, parseText, placeholdersIn } from '#shared/notification/settings/placeholders.ts';
import { checkProperty } from '#test/support/random-runs.ts';

const fill = (parsed: ParsedTemplate, values: Record<string, string>): string =>
  filled(parsed, values) ?? assert.fail(JSON.stringify(parsed));

describe('a text with placeholders', () => {
  it('is filled with values, which are never read as templates', () => {
    const parsed = parseText('Order {{orderId}}: {{ total }} {one} }');
    assert.deepEqual(placeholdersIn(parsed), ['orderId', 'total']);
    assert.equal(fill(parsed, { orderId: '{{total}}', total: '€1' }), 'Order {{total}}: €1 {one} }');
  });

  it('does not parse if two braces are anything else', () => {
    for (const text of [
      '{{',
      '}}',
      '{{}}',
      '{{a b}}',
      '{{a.b}}',
      '{{1}}',
      '{{{a}}}',
      '{{a}',
      '{{#if a}}x{{/if}}',
      '{{=}}',
    ])
      assert.notDeepEqual(parseText(text).faults, [], text);
  });

  it('is not filled if a value is missing, also not with a member of every object', () => {
    assert.equal(filled(parseText('{{other}}'), { name: 'Ada' }), undefined);
    assert.equal(filled(parseText('{{constructor}}'), { name: 'Ada' }), undefined);
    assert.equal(filled(parseText('{{'), {}), undefined);
  });
});

describe('an HTML template', () => {
  const isFine = (html: string): boolean => parseHtml(html).faults.length === 0;

  it('is a well-nested fragment of elements and attributes that run nothing', () => {
    for (const html of [
      'Hello',
      '<p>Hello &amp; welcome<br>there</p>',
      '<P ALIGN="center">x</P>',
      '<table width="100%"><tr><td style="color:#1b5e20; padding:4px">x</td></tr></table>',
      '<a href="https://shop.example">x</a><a href="https://shop.example/o?id={{orderId}}#top">x</a>',
      '<a href="mailto:help@shop.example">x</a><a href="tel:+43 660 123">x</a>',
      '<img src="https://shop.example/logo.png" alt="{{brandName}}" width="40"/>',
      'a } b > c { d',
      'a<br/>b<br />c<hr>',
    ])
      assert.deepEqual(parseHtml(html).faults, [], html);
  });

  it('has nothing that runs, loads a style sheet, or that mail clients may read in another way', () => {
    for (const html of [
      '<script>alert(1)</script>',
      '<SCRIPT src="https://evil.example/x.js"></SCRIPT>',
      '<p onclick="x()">x</p>',
      '<p ONCLICK="x()">x</p>',
      '<style>p { color: red }</style>',
      '<iframe src="https://evil.example/"></iframe>',
      '<form action="https://evil.example/"></form>',
      '<svg><a href="https://evil.example/">x</a></svg>',
      '<!-- x -->',
      '<![CDATA[x]]>',
      '<!DOCTYPE html>',
      '<?xml ?>',
      '<a href="javascript:alert(1)">x</a>',
      '<a href=" javascript:alert(1)">x</a>',
      '<a href="java&#115;cript:alert(1)">x</a>',
      '<a href="http://shop.example/">x</a>',
      '<a href="//evil.example/">x</a>',
      '<a href="https://ada:secret@evil.example/">x</a>',
      '<a href="data:text/html,x">x</a>',
      '<img src="data:image/svg+xml,x">',
      '<img src="http://shop.example/logo.png">',
      '<p style="background:url(https://evil.example/x)">x</p>',
      '<p style="width:expression(alert(1))">x</p>',
      '<p style="color:\\65 xpression">x</p>',
      '<p style="background:&#117;rl">x</p>',
      '<p title="a" title="b">x</p>',
      "<p title='x'>x</p>",
      '<p title=x>x</p>',
      '<p title>x</p>',
      '<p title="x">x',
      '<p><b>x</p></b>',
      '</p>',
      'a < b',
      '<',
      '<p',
      '<p title="<b>">x</p>',
      '<constructor>x</constructor>',
      '<p constructor="x">x</p>',
    ])
      assert.ok(!isFine(html), html);
  });

  it('is read in one pass, also if it has very many spaces or braces', () => {
    for (const text of [' ', '{', '{{', ' a', '<', '="'])
      assert.ok(!isFine(`<p${` ${text}`.repeat(60_000)}x>`), JSON.stringify(text));
  });

  it('has placeholders only where their values can do no harm', () => {
    for (const html of [
      '<{{name}}>',
      '<p {{name}}="x">x</p>',
      '<p style="color:{{name}}">x</p>',
      '<p width="{{name}}">x</p>',
      '<a href="{{name}}">x</a>',
      '<a href="https://{{name}}/">x</a>',
      '<a href="https://shop.example{{name}}">x</a>',
      '<a href="https:{{name}}">x</a>',
      '<a href="mailto:{{name}}">x</a>',
      '<img src="{{name}}">',
    ])
      assert.ok(!isFine(html), html);
  });

  it('escapes a value for its place', () => {
    const html = '<p title="{{v}}">{{v}}</p><a href="https://shop.example/?q={{v}}">x</a>';
    assert.equal(
      fill(parseHtml(html), { v: '<b>"&\'\n/?' }),
      '<p title="&lt;b&gt;&quot;&amp;&#39;\n/?">&lt;b&gt;&quot;&amp;&#39;<br>\n/?</p>' +
        '<a href="https://shop.example/?q=%3Cb%3E%22%26\'%0A%2F%3F">x</a>',
    );
  });
});

const LITERALS = ['Hello ', '&amp; ', 'x > y ', '{ } ', 'ä€ ', '\n', '$& $1 '];
const PIECES = [
  (inner: string) => `<p title="{{name}}">${inner}</p>`,
  (inner: string) => `<b>${inner}</b>`,
  (inner: string) => `${inner}<br>`,
  (inner: string) => `<a href="https://shop.example/{{name}}?a={{total}}">${inner}</a>`,
  (inner: string) => `${inner}{{name}}`,
  (inner: string) => `{{ total }}${inner}`,
];
const anyTemplate = fc
  .array(fc.tuple(fc.constantFrom(...PIECES), fc.constantFrom(...LITERALS)), { maxLength: 6 })
  .map((pieces) => pieces.reduce((inner, [piece, literal]) => piece(inner) + literal, 'x'));
const TRICKY = ['<', '>', '"', "'", '&', '{{', '}}', '{{name}}', '<script>', 'javascript:', '\n', '\uD800', '$&', '='];
const anyValue = fc
  .array(fc.oneof(fc.constantFrom(...TRICKY), fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 12 })
  .map((pieces) => pieces.join(''));

/** The tags of a text, as a browser finds them, without the line breaks of values. */
const tagsIn = (html: string): string[] =>
  Array.from(html.matchAll(/<\/?[a-z!?][a-z]*/gi), ([tag]) => tag).filter((tag) => tag !== '<br');

const EXPANDED = /\{\{ ?(name|total) ?\}\}/g;

it('values change no tag and no attribute, and are never read as templates, whatever they are', () =>
  checkProperty(
    'settings: placeholders',
    fc.property(anyTemplate, anyValue, anyValue, (html, name, total) => {
      const values = { name, total };
      const parsed = parseHtml(html);
      assert.deepEqual(parsed.faults, []);
      const result = fill(parsed, values);
      assert.deepEqual(tagsIn(result), tagsIn(html));
      assert.equal(result.split('"').length, html.split('"').length);
      const text = html.replace(/<[^>]*>/g, '');
      const expected = text.replace(EXPANDED, (_, field: 'name' | 'total') => values[field]);
      assert.equal(fill(parseText(text), values), expected);
    }),
    2000,
  ));
