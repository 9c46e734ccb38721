import * as v from 'valibot';
import { plainText, rule, textOf } from '#shared/http/input/fields.ts';
import { strictObject, wholeNumberBetween } from '#shared/http/input/structures.ts';
import { ATTACHMENT_LIMIT } from './attachment.ts';

/** Bound of the body of `POST /attachments`: a file name, a media type, a size and a checksum. */
export const ATTACHMENT_BODY_BYTES = 4 * 1024;

/** SES accepts at most 255 characters. Slashes and dot names are refused, because other systems read them as paths. */
const fileName = v.pipe(
  plainText(255),
  rule('FILE_NAME_INVALID', (name) => !/[/\\]/.test(name) && !/^\.{1,2}$/.test(name)),
  rule('FILE_TYPE_REFUSED', (name) => !UNSENDABLE.has(extensionOf(name))),
);

/** The text after the last dot. Trailing dots and spaces are ignored, because systems that open the file drop them. */
const extensionOf = (name: string): string =>
  name
    .replace(/[. ]+$/, '')
    .split('.')
    .slice(1)
    .at(-1)
    ?.toLowerCase() ?? '';

/** The extensions that SES refuses: https://docs.aws.amazon.com/ses/latest/dg/mime-types.html */
const UNSENDABLE: ReadonlySet<string> = new Set(
  (
    'ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib lnk ' +
    'mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi ' +
    'msp mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp url vb vbe vbs ' +
    'vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk'
  ).split(' '),
);

/** Type and subtype of RFC 6838, with the length limit of SES. A parameter could break out of its header. */
const contentType = v.pipe(
  textOf('content-type', /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/i),
  v.maxCodePoints(78),
);

const sha256 = textOf('sha256', /^[0-9a-f]{64}$/i);

/** Body of `POST /attachments`: describes the file that will be uploaded. */
export const declareAttachmentSchema = strictObject({
  name: fileName,
  contentType,
  /** In bytes. */
  size: wholeNumberBetween(1, ATTACHMENT_LIMIT.bytes),
  /** SHA-256 of the bytes in hexadecimal. */
  sha256,
});

export type DeclareAttachmentBody = v.InferOutput<typeof declareAttachmentSchema>;
