"""Small audio files made of bytes, for the tests: WAV by the standard library, the others box by box and frame by frame, as
encoders, recorders and streams write them."""
import io
import struct
import wave

TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "m4a": "audio/x-m4a", "ogg": "audio/ogg", "webm": "audio/webm"}


def wav(seconds=1.0, rate=8000, size=None):
    """`size`: filled up with silence to that many bytes."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"\x01\x02" * int(seconds * rate))
        if size is not None:
            sound.writeframes(bytes((size - 44 - 2 * int(seconds * rate)) // 2 * 2))
    return out.getvalue()


# --- MPEG audio, AAC

MP3_RATES = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]


def mp3_frame(kbps=128):
    """One silent frame, MPEG 1 layer III, 44.1 kHz, mono."""
    return bytes((0xFF, 0xFB, MP3_RATES.index(kbps) << 4, 0xC4)) + bytes(144 * kbps * 1000 // 44100 - 4)


def mp3(frames=40, kbps=128):
    return mp3_frame(kbps) * frames


def mp3_seconds(frames):
    return frames * 1152 / 44100


def id3(size, content=b"\xff\xfb\x90\xc4"):
    sizes = bytes(size >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + sizes + (content * size)[:size]


def adts(frames=43, size=40):
    """AAC-LC, 44.1 kHz, mono."""
    head = bytes((0xFF, 0xF1, 0x50, 0x40 | size >> 11, size >> 3 & 255, (size & 7) << 5 | 0x1F, 0xFC))
    return (head + bytes(size - 7)) * frames


# --- MP4

def box(kind, *content):
    content = b"".join(content)
    return struct.pack(">I", 8 + len(content)) + kind + content


def long_box(kind, content):
    return struct.pack(">I", 1) + kind + struct.pack(">Q", 16 + len(content)) + content


def track(number=1, handler=b"soun", scale=48000, samples=()):
    """`samples`: (how many, units of each), as the table of a whole file has them."""
    table = box(b"stts", struct.pack(">II", 0, len(samples)), *(struct.pack(">II", *run) for run in samples))
    return box(b"trak", box(b"tkhd", struct.pack(">IIIII", 7, 0, 0, number, 0), bytes(64)),
               box(b"mdia", box(b"mdhd", struct.pack(">IIIII", 0, 0, 0, scale, 0), bytes(4)),
                   box(b"hdlr", bytes(8), handler, bytes(13)), box(b"minf", box(b"stbl", table))))


def m4a(seconds=1.0, scale=1000, version=0, last=True, brand=b"M4A ", tracks=None):
    """`last`: the header stands behind the data, as recorders write it."""
    times = struct.pack(">QQIQ" if version else ">IIII", 0, 0, scale, int(seconds * scale))
    tracks = [track(samples=[(1, int(seconds * 48000))])] if tracks is None else tracks
    movie = box(b"moov", box(b"udta", b""), box(b"mvhd", bytes([version, 0, 0, 0]) + times + bytes(80)), *tracks)
    data = long_box(b"mdat", bytes(5000))
    return box(b"ftyp", brand + b"\0\0\0\0" + brand) + (data + movie if last else movie + data)


def run_of(samples, units=None, sizes=True):
    """A trun; `units`: of each sample, if they are said here."""
    flags = 1 | (0x100 if units is not None else 0) | (0x200 if sizes else 0)
    each = (struct.pack(">I", units) if units is not None else b"") + (struct.pack(">I", 9) if sizes else b"")
    return box(b"trun", struct.pack(">III", flags, samples, 0) + each * samples)


def fragment(number, *runs, at=None, units=None):
    """A moof of one track with its mdat; `at`: its time, `units`: of a sample, if the track's head says it."""
    head = struct.pack(">II", 8, number) + struct.pack(">I", units) if units is not None else struct.pack(">II", 0, number)
    time = box(b"tfdt", struct.pack(">IQ", 1 << 24, at)) if at is not None else b""
    return box(b"moof", box(b"mfhd", bytes(8)), box(b"traf", box(b"tfhd", head), time, *runs)) + box(b"mdat", bytes(200))


def fragmented(*fragments, tracks=None, units=1024, duration=0):
    """As Safari records: a header without durations, `units` of a sample by default, then fragments."""
    tracks = tracks or [track()]
    extends = [box(b"trex", struct.pack(">IIIIII", 0, i + 1, 1, units, 0, 0)) for i in range(len(tracks))]
    movie = box(b"moov", box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, duration) + bytes(80)), *tracks,
                box(b"mvex", *extends))
    return box(b"ftyp", b"iso5\0\0\0\0iso5mp41") + movie + b"".join(fragments)


# --- WebM

def element(kind, *content):
    content = b"".join(content)
    return bytes.fromhex(kind) + struct.pack(">Q", 1 << 56 | len(content)) + content


def endless(kind, *content):
    """An element that does not say how long it is."""
    return bytes.fromhex(kind) + b"\x01" + b"\xff" * 7 + b"".join(content)


def uint(kind, value):
    return element(kind, struct.pack(">Q", value))


def webm_track(number=1, kind=2, codec=b"A_OPUS", frame_ns=None):
    return element("ae", uint("d7", number), uint("83", kind), element("86", codec),
                   uint("23e383", frame_ns) if frame_ns else b"")


def block(at, frames=(b"\x08",), number=1, lacing=0):
    """The content of a block: \\x08 begins an Opus packet of 20 ms. lacing: 0 none, 1 Xiph, 2 fixed, 3 EBML."""
    head = struct.pack(">BhB", 0x80 | number, at, 0x80 | lacing << 1)
    if not lacing:
        return head + frames[0]
    sizes = bytes([len(frames) - 1])
    if lacing == 1:
        sizes += b"".join(b"\xff" * (len(f) // 255) + bytes([len(f) % 255]) for f in frames[:-1])
    if lacing == 3:  # the first whole, then differences
        lengths = [len(f) for f in frames]
        sizes += bytes([0x80 | lengths[0]]) + bytes(0x80 | b - a + 63 for a, b in zip(lengths, lengths[1:-1]))
    return head + sizes + b"".join(frames)


def simple(at, *more, **options):
    return element("a3", block(at, *more, **options))


def group(at, *more, duration=None, padding=None, **options):
    return element("a0", element("a1", block(at, *more, **options)), uint("9b", duration) if duration is not None else b"",
                   element("75a2", struct.pack(">q", padding)) if padding is not None else b"")


def cluster(time, *blocks, known=False):
    return (element if known else endless)("1f43b675", uint("e7", time), *blocks)


def recorded(*clusters, tracks=None, scale=1000000, duration=None, known=False, kind=b"webm"):
    """As browsers record: no duration, a segment and clusters of unknown length."""
    info = element("1549a966", uint("2ad7b1", scale),
                   element("4489", struct.pack(">d", duration)) if duration is not None else b"")
    head = element("1a45dfa3", uint("4286", 1), element("4282", kind))
    return head + (element if known else endless)("18538067", info, element("1654ae6b", *(tracks or [webm_track()])), *clusters)


def webm(seconds=1.0, scale=1000000, known=True):
    """`known` False: without a duration, and nothing in it that tells."""
    return recorded(element("1f43b675", bytes(3000)), scale=scale, known=known,
                    duration=seconds * 1e9 / scale if known else None)
