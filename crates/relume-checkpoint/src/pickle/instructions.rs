//! The instructions of a pickle, protocols 2 to 5, as bytes.

use relume::Result;

use crate::error::{damaged, invalid};

/// One instruction.
pub(super) enum Instruction<'a> {
    /// Protocol, frame: no effect on the stack.
    Nothing,
    Mark,
    Stop,
    Pop,
    PopMark,
    Duplicate,
    Other,
    Int(i64),
    Text(&'a str),
    EmptyTuple,
    /// The values since the mark.
    Tuple,
    /// So many values.
    TupleOf(usize),
    EmptyList,
    List,
    Append,
    Appends,
    EmptyDict,
    Dict,
    SetItem,
    SetItems,
    /// A class: its module and its name.
    Global(&'a str, &'a str),
    /// A class, module and name on the stack.
    StackGlobal,
    /// A call: a class and a tuple on the stack.
    Reduce,
    /// A call with keywords.
    ReduceWithKeywords,
    /// State for the object below.
    Build,
    PersistentId,
    Put(u32),
    /// [`Put`](Self::Put) at the next free number.
    Memoize,
    Get(u32),
}

/// A pickle's bytes, from the next instruction on.
pub(super) struct Instructions<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Instructions<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    pub(super) fn next(&mut self) -> Result<Instruction<'a>> {
        use Instruction::{Int, Other, Text, TupleOf};
        let start = self.at;
        let [code] = self.array()?;
        Ok(match code {
            // The comments have the names of Python's pickletools.
            0x80 => self.skip(1)?, // PROTO
            0x95 => self.skip(8)?, // FRAME
            b'(' => Instruction::Mark,
            b'.' => Instruction::Stop,
            b'0' => Instruction::Pop,
            b'1' => Instruction::PopMark,
            b'2' => Instruction::Duplicate,
            b'N' | 0x88 | 0x89 => Other,                           // NONE, NEWTRUE, NEWFALSE
            b'G' => self.other(8)?,                                // BINFLOAT
            b'J' => Int(i32::from_le_bytes(self.array()?).into()), // BININT
            b'K' => Int(u8::from_le_bytes(self.array()?).into()),  // BININT1
            b'M' => Int(u16::from_le_bytes(self.array()?).into()), // BININT2
            0x8a => self.long::<1>()?,                             // LONG1
            0x8b => self.long::<4>()?,                             // LONG4
            0x8c => Text(self.text::<1>()?),                       // SHORT_BINUNICODE
            b'X' => Text(self.text::<4>()?),                       // BINUNICODE
            0x8d => Text(self.text::<8>()?),                       // BINUNICODE8
            b'U' => self.bytes_or_text::<1>()?,                    // SHORT_BINSTRING
            b'T' => self.bytes_or_text::<4>()?,                    // BINSTRING
            b'C' => self.sized::<1>().map(|_| Other)?,             // SHORT_BINBYTES
            b'B' => self.sized::<4>().map(|_| Other)?,             // BINBYTES
            0x8e | 0x96 => self.sized::<8>().map(|_| Other)?,      // BINBYTES8, BYTEARRAY8
            b')' => Instruction::EmptyTuple,
            b't' => Instruction::Tuple,
            0x85 => TupleOf(1),
            0x86 => TupleOf(2),
            0x87 => TupleOf(3),
            b']' | 0x8f => Instruction::EmptyList, // EMPTY_LIST, EMPTY_SET
            b'l' | 0x91 => Instruction::List,      // LIST, FROZENSET
            b'a' => Instruction::Append,
            b'e' | 0x90 => Instruction::Appends, // APPENDS, ADDITEMS
            b'}' => Instruction::EmptyDict,
            b'd' => Instruction::Dict,
            b's' => Instruction::SetItem,
            b'u' => Instruction::SetItems,
            b'c' => Instruction::Global(self.line()?, self.line()?),
            0x93 => Instruction::StackGlobal,
            b'R' | 0x81 => Instruction::Reduce,      // REDUCE, NEWOBJ
            0x92 => Instruction::ReduceWithKeywords, // NEWOBJ_EX
            b'b' => Instruction::Build,
            b'Q' => Instruction::PersistentId, // BINPERSID
            b'q' => Instruction::Put(u8::from_le_bytes(self.array()?).into()), // BINPUT
            b'r' => Instruction::Put(u32::from_le_bytes(self.array()?)), // LONG_BINPUT
            0x94 => Instruction::Memoize,
            b'h' => Instruction::Get(u8::from_le_bytes(self.array()?).into()), // BINGET
            b'j' => Instruction::Get(u32::from_le_bytes(self.array()?)),       // LONG_BINGET
            _ => {
                return Err(invalid(format!(
                    "the pickle has the instruction {code:#04x} at byte {start}, which torch.save does not write; save the \
                     weights again with torch.save"
                )));
            }
        })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(length);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        match taken {
            Some(taken) => {
                self.at += length;
                Ok(taken)
            }
            None => Err(damaged(format!(
                "the pickle ends within byte {} and what follows it",
                self.at
            ))),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.take(N)?.first_chunk::<N>().copied();
        bytes.ok_or_else(|| damaged("the pickle ends too early"))
    }

    fn skip(&mut self, length: usize) -> Result<Instruction<'a>> {
        self.take(length).map(|_| Instruction::Nothing)
    }

    fn other(&mut self, length: usize) -> Result<Instruction<'a>> {
        self.take(length).map(|_| Instruction::Other)
    }

    /// As many bytes as a number of `N` bytes says.
    fn sized<const N: usize>(&mut self) -> Result<&'a [u8]> {
        let digits = self.array::<N>()?;
        let length = digits
            .iter()
            .rev()
            .fold(0_u64, |sum, &digit| sum << 8 | u64::from(digit));
        let length = usize::try_from(length).map_err(|_| damaged("a text in the pickle is longer than the file"))?;
        self.take(length)
    }

    fn text<const N: usize>(&mut self) -> Result<&'a str> {
        let start = self.at;
        let bytes = self.sized::<N>()?;
        str::from_utf8(bytes).map_err(|_| invalid(format!("the text at byte {start} of the pickle is not UTF-8")))
    }

    /// Python 2's texts are bytes.
    fn bytes_or_text<const N: usize>(&mut self) -> Result<Instruction<'a>> {
        let bytes = self.sized::<N>()?;
        Ok(str::from_utf8(bytes).map_or(Instruction::Other, Instruction::Text))
    }

    /// A whole number, lowest byte first, in two's complement. One of more than 64 bits is no size of a tensor.
    fn long<const N: usize>(&mut self) -> Result<Instruction<'a>> {
        let bytes = self.sized::<N>()?;
        if bytes.len() > 8 {
            return Ok(Instruction::Other);
        }
        let negative = bytes.last().is_some_and(|&highest| highest >= 0x80);
        let start = if negative { -1 } else { 0 };
        let number = bytes
            .iter()
            .rev()
            .fold(start, |sum: i64, &digit| sum << 8 | i64::from(digit));
        Ok(Instruction::Int(number))
    }

    /// Up to the end of a line.
    fn line(&mut self) -> Result<&'a str> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|&letter| letter == b'\n')
            .ok_or_else(|| damaged("the pickle ends within the name of a class"))?;
        let start = self.at;
        let line = self.take(length)?;
        self.at += 1;
        str::from_utf8(line).map_err(|_| invalid(format!("the name at byte {start} of the pickle is not UTF-8")))
    }
}
