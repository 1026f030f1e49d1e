"""Cut the shipped fonts out of their originals: `python build.py INPUTS`; needs the extra `fonts`.

INPUTS is a folder that holds, unpacked or as the package manager leaves them:

- `expo-google-fonts-noto-serif-sc-0.4.3.tgz` and `expo-google-fonts-noto-sans-sc-0.4.3.tgz`
  (`npm pack @expo-google-fonts/noto-serif-sc@0.4.3 @expo-google-fonts/noto-sans-sc@0.4.3`),
- `LXGWWenKai-Regular.ttf` (Debian package fonts-lxgw-wenkai 1.250),
- `Unihan_OtherMappings.txt.bz2` (Debian package unicode-data 15.0).

The characters are the 8105 of the general standard list (Unihan's kTGH), GB2312, the common
traditional ones (level 1 of Big5; the 琍 of a personal name is only there), those that names need
beyond them (GB 8565.2, Japan's list for names, NAMES below), and the ranges below.
Inputs whose sha256 differs from the one in the file INPUTS are refused. Writes the fonts, the
list of covered characters (coverage.txt, one range of code points a line) and SHA256SUMS.
"""

import bz2
import hashlib
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent

SERIF = "expo-google-fonts-noto-serif-sc-0.4.3.tgz"
SANS = "expo-google-fonts-noto-sans-sc-0.4.3.tgz"
KAI = "LXGWWenKai-Regular.ttf"
UNIHAN = "Unihan_OtherMappings.txt.bz2"

# output name → input and, in an archive, the member
FACES = {
    "NotoSerifSC-Regular.ttf": (SERIF, "package/400Regular/NotoSerifSC_400Regular.ttf"),
    "NotoSerifSC-Bold.ttf": (SERIF, "package/700Bold/NotoSerifSC_700Bold.ttf"),
    "NotoSansSC-Regular.ttf": (SANS, "package/400Regular/NotoSansSC_400Regular.ttf"),
    "NotoSansSC-Bold.ttf": (SANS, "package/700Bold/NotoSansSC_700Bold.ttf"),
    "ZhaibianKai-Regular.ttf": (KAI, ""),
}

RANGES = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x18D, 0x1DC),
    (0x2C7, 0x2D9),
    (0x391, 0x3C9),
    (0x401, 0x451),
    (0x2000, 0x206F),
    (0x2070, 0x209C),
    (0x20AC, 0x20AC),
    (0x2100, 0x22FF),
    (0x2460, 0x24FF),
    (0x2500, 0x257F),
    (0x25A0, 0x2606),
    (0x2713, 0x2717),
    (0x3000, 0x30FF),
    (0x3105, 0x312F),
    (0x3200, 0x33FF),
    (0xFF00, 0xFFEF),
)

# the same characters once more, kept for the sake of older codes
DOUBLES = range(0xF900, 0xFB00)

# Names of people and places that the lists leave out: forms from before the reforms that families
# keep, forms of Taiwan and Hong Kong, Japanese surnames, 𠮷 (which the kai face alone has).
NAMES = (
    "㐂㛄㜣㵾㺵㺹㻌䒟倢働儁凪叡喦嚞囍堒夆姃姵娫媃嫤孋寀峖峠峯広弌彣徳恵悊懽掱敃斉旂旼昞晥晳晽"
    "暐暟朢杺枏枠柟栃栱桜椲榊榳橒檉沢涬淐渋溎滝潁澐瀅瀞灝焄煐煒熅熺燁燡琁瑈瑋瑒瑠瑻璉璵璸瓈畇畑"
    "皝盝県砡礽祤禕秝竜笹紘絪綝緁羴蔘裬諠贇辺辻込釤鈊鉌鋐鋕鋮鋱鋹錤鍀鍇鍈鏐鏞鏵鐄鑌関闓阭霙韙頎頔"
    "頫顗駉駪騄騏驁驊鯤龑𠮷"
)

# The kai face reserves the names “LXGW” and “霞鹜” (OFL 1.1, clause 3): a subset is a modified
# version and must not carry them.
RENAMED = {"ZhaibianKai-Regular.ttf": ("Zhaibian Kai", "ZhaibianKai-Regular")}


def wanted(unihan: Path) -> set[int]:
    """Return the code points to keep."""
    with bz2.open(unihan, "rt", encoding="utf-8") as file:
        rows = [line.split("\t") for line in file if line.startswith("U+")]
    points = _listed(rows, "kTGH")
    if len(points) != 8105:
        raise SystemExit(f"{unihan.name}: expected 8105 characters, found {len(points)}")
    for names in ("kGB8", "kJinmeiyoKanji"):
        points |= _listed(rows, names) - set(DOUBLES)
    points.update(map(ord, NAMES))
    for first, last in RANGES:
        points.update(range(first, last + 1))
    points.update(_decoded("gb2312", 0xB0, 0xF7))
    points.update(_decoded("big5", 0xA4, 0xC6))
    return points


def _listed(rows: Iterable[list[str]], field: str) -> set[int]:
    return {int(row[0][2:], 16) for row in rows if row[1] == field}


def _decoded(encoding: str, first: int, last: int) -> Iterator[int]:
    for lead in range(first, last + 1):
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
            text = bytes((lead, trail)).decode(encoding, errors="ignore")
            yield from (ord(character) for character in text if ord(character) >= 0x3400)


def checked(folder: Path, name: str) -> Path:
    """Return the input's path; ends the program when it is not the pinned file."""
    path = folder / name
    pinned = (HERE / "INPUTS").read_text(encoding="ascii")
    if f"{sha256(path)}  {name}\n" not in pinned:
        raise SystemExit(f"{name}: not the file that INPUTS names")
    return path


def sha256(path: Path) -> str:
    """Return the file's sha256 in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def original(folder: Path, source: str, member: str) -> Path:
    """Return the whole font's path, unpacked beside its archive."""
    path = checked(folder, source)
    if not member:
        return path
    with tarfile.open(path) as archive:
        archive.extract(member, folder, filter="data")
    return folder / member


def cut(source: Path, target: Path, points: set[int]) -> set[int]:
    """Write the subset and return the code points that it covers."""
    options = Options()
    options.layout_features = ["*"]
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.drop_tables += ["DSIG"]
    options.recalc_timestamp = False
    font = load_font(str(source), options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=points)
    subsetter.subset(font)
    if target.name in RENAMED:
        rename(font, *RENAMED[target.name])
    save_font(font, str(target), options)
    return set(font.getBestCmap())


def rename(font: TTFont, family: str, postscript: str) -> None:
    """Give the font a name of its own; the copyright and the licence stay."""
    names = font["name"]
    kept = [record for record in names.names if record.nameID in (0, 5, 8, 9, 11, 12, 13, 14)]
    names.names = kept
    wanted_names = ((1, family), (2, "Regular"), (3, postscript), (4, family), (6, postscript))
    for number, text in wanted_names:
        names.setName(text, number, 3, 1, 0x409)


def ranges(points: Iterable[int]) -> Iterator[str]:
    """Yield `4E00-4E03` or `4E07` for each run of code points."""
    ordered = sorted(points)
    start = last = ordered[0]
    for point in (*ordered[1:], -1):
        if point != last + 1:
            yield f"{start:04X}" if start == last else f"{start:04X}-{last:04X}"
            start = point
        last = point


def main(folder: Path) -> None:
    """Build everything from the inputs in `folder`."""
    points = wanted(checked(folder, UNIHAN))
    covered = []
    for name, (source, member) in FACES.items():
        covered.append(cut(original(folder, source, member), HERE / name, points))
        print(f"{name}: {len(covered[-1])} characters, {(HERE / name).stat().st_size:,} bytes")
    # a character counts where the serif has it in both weights, or the kai: all faces fall back to
    # the one, then to the other
    shown = (covered[0] & covered[1]) | covered[-1]
    (HERE / "coverage.txt").write_text("\n".join(ranges(shown)) + "\n", encoding="ascii")
    sums = [f"{sha256(HERE / name)}  {name}" for name in (*FACES, "coverage.txt")]
    (HERE / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
