//! Tests over whole project files.
