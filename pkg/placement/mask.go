package placement

import (
	"iter"
	"math/bits"
)

// Mask is a set of small numbers: of the spots of a Scene. The zero value is
// empty.
type Mask []uint64

// MaskOf is a mask of those numbers.
func MaskOf(numbers ...int) Mask {
	var m Mask
	for _, n := range numbers {
		m.Add(n)
	}
	return m
}

// Add puts a number, which must not be negative, into the mask.
func (m *Mask) Add(n int) {
	for len(*m) <= n/64 {
		*m = append(*m, 0)
	}
	(*m)[n/64] |= 1 << (n % 64)
}

// Has tells whether a number is in the mask.
func (m Mask) Has(n int) bool { return n/64 < len(m) && m[n/64]&(1<<(n%64)) != 0 }

// Len counts the numbers in the mask.
func (m Mask) Len() int {
	n := 0
	for _, word := range m {
		n += bits.OnesCount64(word)
	}
	return n
}

// All yields the numbers in the mask, the smallest first.
func (m Mask) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range m {
			for ; word != 0; word &= word - 1 {
				if !yield(64*i + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}
