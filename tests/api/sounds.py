"""Small audio files made of bytes, for the tests: WAV by the standard library, MP4 and WebM box by box."""
import io
import struct
import wave

TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "m4a": "audio/x-m4a", "ogg": "audio/ogg", "webm": "audio/webm"}


def wav(seconds=1.0, rate=8000):
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"\x01\x02" * int(seconds * rate))
    return out.getvalue()


def box(kind, content):
    return struct.pack(">I", 8 + len(content)) + kind + content


def long_box(kind, content):
    return struct.pack(">I", 1) + kind + struct.pack(">Q", 16 + len(content)) + content


def m4a(seconds=1.0, scale=1000, version=0, last=True):
    """`last`: the header stands behind the data, as recorders write it."""
    times = struct.pack(">QQIQ" if version else ">IIII", 0, 0, scale, int(seconds * scale))
    movie = box(b"moov", box(b"udta", b"") + box(b"mvhd", bytes([version, 0, 0, 0]) + times + bytes(80)))
    data = long_box(b"mdat", bytes(5000))
    return box(b"ftyp", b"M4A \0\0\0\0M4A ") + (data + movie if last else movie + data)


def element(kind, content):
    return bytes.fromhex(kind) + struct.pack(">Q", 1 << 56 | len(content)) + content


def webm(seconds=1.0, scale=1000000, known=True):
    """`known` False: as a browser records, without a duration and with a segment of unknown length."""
    info = element("2ad7b1", struct.pack(">I", scale))
    if known:
        info += element("4489", struct.pack(">d", seconds * 1e9 / scale))
    segment = element("ec", b"void") + element("1549a966", info) + element("1f43b675", bytes(3000))
    head = element("1a45dfa3", element("4282", b"webm"))
    if known:
        return head + element("18538067", segment)
    return head + bytes.fromhex("1853806701ffffffffffffff") + segment
