"""How the files of known meters and portals are recognised and read, one small file for each."""
