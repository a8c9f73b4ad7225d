// Pictures: what their metadata says is found in every place that the formats have for it, and taking it out moves nothing else.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { Classifier } from '../../../gateway/redaction/classify-document.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { Base64Bytes } from '../../../gateway/redaction/media/base64-bytes.ts'
import { maskDocument } from '../../../gateway/redaction/mask-document.ts'
import { readExif } from '../../../gateway/redaction/media/exif.ts'
import { pictureIn } from '../../../gateway/redaction/media/picture.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { ascii, bytesField, chunk, exif, exifSegment, gif, gifComment, gifXmp, jpeg, packedText, packedUnicode, png, segment, webp } from '../../support/pictures.ts'

const email = 'anna.muster@example.com'
const phone = '202-555-0143'
const place = [[52, 31, 12.34], [13, 24, 56.7]] as const
const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
const xmp = (content: string): string => `<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description ${content}</rdf:Description></rdf:RDF></x:xmpmeta>`
const xmpPlace = xmp('exif:GPSLatitude="52,31.2057N" exif:GPSLongitude="13,24.945W"><dc:creator><rdf:Seq><rdf:li>Carla Ejemplo</rdf:li></rdf:Seq></dc:creator>')
const adobe = 'http://ns.adobe.com/xap/1.0/\0'

/** The picture, and the kinds that are found in it. */
const telling: Readonly<Record<string, readonly [Buffer, readonly string[]]>> = {
  'JPEG, Exif with a place': [jpeg(exifSegment(exif(6, [], place))), ['coordinates']],
  'JPEG, Exif with names': [jpeg(exifSegment(exif(6, [ascii(0x013B, 'Anna Muster'), ascii(0xA430, 'Bert Beispiel'), ascii(0x010E, 'Our garden')]))), ['person', 'person']],
  'JPEG, Exif with a comment, big endian': [jpeg(exifSegment(exif(1, [bytesField(0x9286, Buffer.concat([Buffer.from('UNICODE\0'), swapped(`call ${phone}`)]))]))), ['phone']],
  'JPEG, Exif with a comment, little endian': [jpeg(exifSegment(exif(1, [bytesField(0x9286, Buffer.concat([Buffer.from('UNICODE\0'), Buffer.from(`call ${phone}`, 'utf16le')]))]))), ['phone']],
  'JPEG, Exif with a comment in ASCII': [jpeg(exifSegment(exif(1, [bytesField(0x9286, Buffer.from(`ASCII\0\0\0call ${phone}`))]))), ['phone']],
  'JPEG, Exif as Windows writes it': [jpeg(exifSegment(exif(1, [bytesField(0x9C9C, Buffer.from(`mail ${email}\0`, 'utf16le'))]))), ['email']],
  'JPEG, Exif that is cut off': [jpeg(exifSegment(Buffer.concat([Buffer.from('MM\0*\0\0\x7F\0'), Buffer.from(`mail ${email}`)]))), ['email']],
  'JPEG, XMP': [jpeg(segment(0xE1, Buffer.from(adobe + xmpPlace))), ['coordinates', 'person']],
  'JPEG, IPTC': [jpeg(segment(0xED, Buffer.from(`Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x20\x1C\x02\x50\0\x17${email}`))), ['email']],
  'JPEG, a comment': [jpeg(segment(0xFE, Buffer.from(`by ${email}`))), ['email']],
  'JPEG, a comment behind filled markers': [jpeg(Buffer.from([0xFF, 0xFF, 0xFF]), segment(0xFE, Buffer.from(`by ${email}`))), ['email']],
  'JPEG, a segment of a maker': [jpeg(segment(0xE5, Buffer.from(`Maker\0${email}`))), ['email']],
  'PNG, text': [png(chunk('tEXt', Buffer.from(`Author\0${email}`))), ['email']],
  'PNG, packed text': [png(chunk('zTXt', packedText(`tel ${phone}`))), ['phone']],
  'PNG, Unicode': [png(chunk('iTXt', Buffer.from(`Note\0\0\0en\0Notiz\0über ${email}`))), ['email']],
  'PNG, packed Unicode': [png(chunk('iTXt', packedUnicode(`über ${email}`))), ['email']],
  'PNG, Exif': [png(chunk('eXIf', exif(3, [ascii(0x8298, email)], place))), ['email', 'coordinates']],
  'PNG, a chunk that nobody knows': [png(chunk('prVt', Buffer.from(email))), ['email']],
  'WebP, Exif': [webp({ EXIF: exif(8, [], place) }), ['coordinates']],
  'WebP, Exif with a head': [webp({ EXIF: Buffer.concat([Buffer.from('Exif\0\0'), exif(8, [ascii(0x013B, email)])]) }), ['email']],
  'WebP, XMP': [webp({ 'XMP ': Buffer.from(xmpPlace) }), ['coordinates', 'person']],
  'GIF, a comment': [gif(gifComment(`by ${email} `)), ['email']],
  'GIF, a comment over sub-blocks': [gif(gifComment(`${'x'.repeat(245)} ${email}`)), ['email']],
  'GIF, XMP': [gif(gifXmp(xmpPlace)), ['coordinates', 'person']],
}

const find = (text: string): ReturnType<typeof findEntities> => findEntities(text, null, 0.5)

/** Ends in the middle of a picture's data where something was lost. */
const endsWell: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  JPEG: bytes => bytes.subarray(-2).equals(Buffer.from([0xFF, 0xD9])), GIF: bytes => bytes.at(-1) === 0x3B, WebP: () => true,
  PNG: bytes => {
    let at = 8
    for (; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
      const end = at + 8 + bytes.readUInt32BE(at)
      if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) return false
    }
    return at === bytes.length
  },
}

describe('metadata of pictures', () => {
  for (const [what, [bytes, kinds]] of Object.entries(telling)) {
    for (const encoding of ['base64', 'base64url'] as const) {
      test(`${what}, as ${encoding}: what it says is found, and gone when it is taken out`, () => {
        for (const head of ['', 'data:image/any;base64,']) {
          const text = head + bytes.toString(encoding)
          const picture = pictureIn(text, find)
          assert.ok(picture !== null)
          assert.deepEqual(picture.findings.map(({ kind }) => kind), kinds)
          const without = picture.without(() => true)
          assert.equal(without.length, text.length)
          assert.equal(pictureIn(without, find), null)
          const left = Buffer.from(without.slice(head.length), encoding)
          assert.equal(left.toString(encoding), without.slice(head.length), 'nothing but base64')
          assert.doesNotMatch(left.toString('latin1'), /anna\.muster|Muster|Beispiel|Ejemplo|0143|31\.2057/)
          assert.equal(endsWell[what.split(',')[0] ?? '']?.(left), true)
          assert.equal(picture.without(() => false), text)
        }
      })
    }
  }

  test('how a picture is turned stays', () => {
    for (const turn of [1, 3, 6, 8]) {
      const text = jpeg(exifSegment(exif(turn, [ascii(0x013B, 'Anna Muster')], place))).toString('base64')
      const left = Buffer.from(pictureIn(text, find)?.without(() => true) ?? '', 'base64')
      assert.deepEqual(readExif(left.subarray(left.indexOf('MM\0*'))), { lines: [], orientation: turn })
    }
  })

  test('only the pieces that hold what is hidden are taken out', () => {
    const text = jpeg(segment(0xFE, Buffer.from(`by ${email}`)), segment(0xFE, Buffer.from(`call ${phone}`))).toString('base64')
    const left = Buffer.from(pictureIn(text, find)?.without(({ kind }) => kind === 'email') ?? '', 'base64').toString('latin1')
    assert.doesNotMatch(left, /anna\.muster/)
    assert.match(left, /call 202-555-0143/)
  })

  test('base64 on several lines stays on several lines', () => {
    const bytes = jpeg(segment(0xFE, Buffer.from(`by ${email} and nobody else`)))
    for (const lineEnd of ['\n', '\r\n']) {
      const text = bytes.toString('base64').replaceAll(/.{76}/g, line => line + lineEnd)
      const without = pictureIn(text, find)?.without(() => true) ?? ''
      assert.deepEqual(without.split(lineEnd).map(({ length }) => length), text.split(lineEnd).map(({ length }) => length))
      assert.doesNotMatch(Buffer.from(without, 'base64').toString('latin1'), /anna/)
    }
  })

  test('a picture that says nothing, and text that is none, are left alone', () => {
    for (const text of [jpeg().toString('base64'), png().toString('base64'), webp({}).toString('base64'), gif().toString('base64'), 'data:image/png;base64,', `/9j/ is how ${email} begins a long sentence about nothing in particular`, `data:text/plain,${email}${'x'.repeat(80)}`, `data:${'x'.repeat(200)}`]) {
      assert.equal(pictureIn(text, find), null, text.slice(0, 40))
    }
  })

  test('namespaces of XMP are no addresses', () => {
    assert.equal(pictureIn(jpeg(segment(0xE1, Buffer.from(adobe + xmp('>garden')))).toString('base64'), find), null)
  })

  test('messages that belong to no call lose what their pictures say, and values beside them', () => {
    const classifier = new Classifier({ minConfidence: 0.5, memoBytes: 0 })
    const data = jpeg(segment(0xFE, Buffer.from(`by ${email}`))).toString('base64')
    const document = readJson(JSON.stringify({ note: email, picture: data, both: `${data} ${email}`, plain: 'x' }), { maxDepth: 4 })
    const { both, note, picture, plain } = JSON.parse(maskDocument(document, classifier, () => false)) as Record<string, string>
    assert.deepEqual([note, plain, picture?.length], ['[EMAIL]', 'x', data.length])
    assert.equal(both, `${picture ?? ''} [EMAIL]`)
    assert.doesNotMatch(Buffer.from(picture ?? '', 'base64').toString('latin1'), /anna/)
  })

  test('damaged pictures never throw, and what is taken out of one leaves it as long as it was', () => {
    const sources = Object.values(telling).map(([bytes]) => bytes)
    fc.assert(fc.property(fc.constantFrom(...sources), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 12 }), fc.nat(600), (source, changes, length) => {
      const bytes = Buffer.from(source.subarray(0, Math.max(50, length)))
      for (const [at, value] of changes) if (at > 8 && at < bytes.length) bytes[at] = value
      const text = bytes.toString('base64')
      assert.equal(pictureIn(text, find)?.without(() => true).length ?? text.length, text.length)
    }), { numRuns: 3000 })
  })
})

describe('bytes of base64', () => {
  test('what is put into any place is there, and nothing else has changed', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(59), fc.uint8Array({ maxLength: 20 }), fc.constantFrom('base64', 'base64url'), (all, at, put, encoding) => {
      const bytes = Buffer.from(all)
      const start = Math.min(at, bytes.length - 1)
      const patch = Buffer.from(put.subarray(0, bytes.length - start))
      const base64 = new Base64Bytes(bytes.toString(encoding))
      assert.equal(base64.length, bytes.length)
      assert.deepEqual(base64.read(start, start + 7), bytes.subarray(start, start + 7))
      const expected = Buffer.from(bytes)
      patch.copy(expected, start)
      const patched = base64.patched([{ start, bytes: patch }])
      assert.deepEqual(Buffer.from(patched, encoding), expected)
      assert.equal(patched.length, bytes.toString(encoding).length)
    }))
  })
})

describe('pictures that were made against us', () => {
  const many = (part: Buffer): Buffer => Buffer.concat(Array.from({ length: Math.ceil(1_048_576 / part.length) }, () => part))
  const hostile: Readonly<Record<string, (part: number) => Buffer>> = {
    'segments without content': parts => jpeg(many(segment(0xFE, Buffer.alloc(0))).subarray(0, 4 * parts)), 'short segments': parts => jpeg(many(segment(0xFE, Buffer.from('abcdef '))).subarray(0, 11 * parts)),
    'filled markers': parts => jpeg(Buffer.alloc(8 * parts, 0xFF)), 'short chunks': parts => png(many(chunk('tEXt', Buffer.from('a\0bcdef'))).subarray(0, 19 * parts)),
    'sub-blocks of one byte': parts => gif(Buffer.concat([Buffer.from([0x21, 0xFE]), Buffer.alloc(16 * parts, 1), Buffer.from([0])])), 'directories in a circle': parts => jpeg(exifSegment(exif(1, Array.from({ length: Math.min(200, parts) }, () => ({ tag: 0x8769, type: 4, count: 1, value: Buffer.from([0, 0, 0, 8]) }))))),
    'XMP creators': parts => webp({ 'XMP ': Buffer.from('<rdf:li><dc:creator>'.repeat(parts)) }), 'XMP namespaces': parts => webp({ 'XMP ': Buffer.from('rdf xmlns:a="'.repeat(parts)) }), 'text of nothing': parts => webp({ ABCD: Buffer.alloc(16 * parts, 0x41) }),
  }
  test('the time for sixteen times the picture stays far below quadratic', () => {
    const timeOf = (bytes: Buffer): number => {
      const text = bytes.toString('base64')
      const { user, system } = process.threadCpuUsage()
      pictureIn(text, find)
      const after = process.threadCpuUsage()
      return (after.user - user + after.system - system) / 1000
    }
    for (const [what, make] of Object.entries(hostile)) {
      // Below two milliseconds the clock and the compiler are measured.
      const ratioOf = (): number => timeOf(make(16_000)) / Math.max(2, timeOf(make(1000)))
      assert.ok(ratioOf() < 48 || ratioOf() < 48 || ratioOf() < 48, what)
    }
  })
})
