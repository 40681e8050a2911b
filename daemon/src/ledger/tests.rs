//! The books, without camera and element.
