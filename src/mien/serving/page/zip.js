// A ZIP archive without compression, so that a session is one download.

const CRC = Uint32Array.from({ length: 256 }, (_, number) => {
  let value = number;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** Return a ZIP of files, [{name, blob}], each under 4 GB. Big files are read in pieces. */
export async function zip(files, now = new Date()) {
  const parts = [];
  const entries = [];
  let offset = 0;
  for (const { name, blob } of files) {
    const entry = { name: new TextEncoder().encode(name), size: blob.size, offset };
    entry.sum = await checksum(blob);
    const head = header(entry, now, false);
    parts.push(head, blob);
    entries.push(entry);
    offset += head.length + blob.size;
  }
  const list = entries.map((entry) => header(entry, now, true));
  const length = list.reduce((sum, part) => sum + part.length, 0);
  return new Blob([...parts, ...list, end(entries.length, length, offset)], {
    type: "application/zip",
  });
}

async function checksum(blob) {
  let value = 0xffffffff;
  for (let start = 0; start < blob.size; start += 1 << 22) {
    const bytes = new Uint8Array(await blob.slice(start, start + (1 << 22)).arrayBuffer());
    for (const byte of bytes) value = CRC[(value ^ byte) & 255] ^ (value >>> 8);
  }
  return (value ^ 0xffffffff) >>> 0;
}

/** Write numbers one after the other, each as [value, bytes]. */
function pack(fields, tail = new Uint8Array()) {
  const length = fields.reduce((sum, [, bytes]) => sum + bytes, 0);
  const view = new DataView(new ArrayBuffer(length + tail.length));
  let place = 0;
  for (const [value, bytes] of fields) {
    bytes === 4 ? view.setUint32(place, value, true) : view.setUint16(place, value, true);
    place += bytes;
  }
  const packed = new Uint8Array(view.buffer);
  packed.set(tail, length);
  return packed;
}

function header({ name, size, sum, offset }, now, central) {
  const time = (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1);
  const day = ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate();
  const common = [
    [20, 2],
    [0x800, 2],
    [0, 2],
    [time, 2],
    [day, 2],
    [sum, 4],
    [size, 4],
    [size, 4],
  ];
  const lengths = [
    [name.length, 2],
    [0, 2],
  ];
  if (!central) return pack([[0x04034b50, 4], ...common, ...lengths], name);
  const rest = [
    [0, 2],
    [0, 2],
    [0, 2],
    [0, 4],
    [offset, 4],
  ];
  return pack([[0x02014b50, 4], [20, 2], ...common, ...lengths, ...rest], name);
}

function end(count, length, offset) {
  return pack([
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [length, 4],
    [offset, 4],
    [0, 2],
  ]);
}
