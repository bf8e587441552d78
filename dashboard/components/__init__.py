"""What pages are made of: one place each for names, numbers, colours, filters, tiles, tables and charts."""
