//! Arrays to PNG images with a colour map.
