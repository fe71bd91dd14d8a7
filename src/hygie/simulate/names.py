"""Invented words the demonstration hospital is made of: nobody and no product here exists."""

from __future__ import annotations

from typing import NamedTuple

HOSPITAL = "Centre hospitalier de Belleroche"
DOMAIN = "belleroche.local"
SITES = ("Belleroche", "Les Tilleuls")

GIVEN = (
    "Adèle", "Amandine", "Anaïs", "Aurélien", "Bastien", "Béatrice", "Benoît", "Camille", "Capucine", "Cédric",
    "Céline", "Chloé", "Clément", "Corentin", "Damien", "Delphine", "Édouard", "Élise", "Émile", "Estelle",
    "Fabien", "Fanny", "Florian", "François", "Gaëlle", "Gaspard", "Hélène", "Hugo", "Inès", "Irène",
    "Jérôme", "Joséphine", "Julien", "Karine", "Laurène", "Léa", "Léonard", "Lucie", "Maëlle", "Marius",
    "Mathilde", "Maud", "Nadia", "Nathan", "Noémie", "Océane", "Odile", "Olivier", "Pauline", "Quentin",
    "Rachid", "Raphaël", "Romane", "Rose", "Samir", "Séverine", "Simon", "Solène", "Sofia", "Théo",
    "Thibault", "Ulysse", "Valentine", "Victor", "Violette", "Xavier", "Yanis", "Yasmine", "Yvonne", "Zoé",
)  # fmt: skip
FAMILY = (
    "Abriel", "Aubertaud", "Auzelle", "Barthomel", "Bessonat", "Blancardin", "Bonnevay", "Bouchardel", "Bréhaut",
    "Cadoret", "Calmettin", "Carreyre", "Chabanois", "Chantreau", "Charvolin", "Clairvoix", "Colombet", "Cormeray",
    "Courbessac", "Dalmasso", "Darquier", "Delcambe", "Desvallois", "Domercq", "Ducassou", "Duvernoy", "Escoffard",
    "Espérandel", "Falguière", "Faucheron", "Ferrandel", "Flamenco", "Fontenois", "Fourquaux", "Gaillardet",
    "Garrivier", "Gauvreau", "Germanois", "Giraudeau", "Grandclair", "Guillemot-Roy", "Hauteserre", "Hébrardin",
    "Jaubertou", "Jolivaud", "Kerbrial", "Labarthète", "Lacombrade", "Lagarrigue", "Lamourelle", "Lauzeral",
    "Lestrade", "Loubeyre", "Maillochon", "Malaussène", "Marchepoil", "Marsaudon", "Mazeyrat", "Mercadal",
    "Mirabeloux", "Montagnol", "Morvandiau", "Moussardon", "Nadeauval", "Navarrin", "Oléron", "Ourliac", "Paillassou",
    "Pastoureau", "Pélissou", "Perrachon", "Peyrelade", "Poitrenaud", "Pradelou", "Quérouil", "Rambourgt", "Ravelou",
    "Rebeyrol", "Roquecave", "Rouquayrol", "Sabourdy", "Saintonge", "Salvayre", "Sarrazy", "Savignol", "Sénéchaud",
    "Serrurot", "Taillefumier", "Tardivel", "Terrasson", "Tessonneau", "Thouvenel", "Tournebise", "Trébuchon",
    "Valadoux", "Vauquelan", "Verdoline", "Vialatte", "Vignerot", "Villedary", "Wattrelin", "Ygouf", "Zerbibo",
)  # fmt: skip


class Unit(NamedTuple):
    """One unit of the hospital and the care service it belongs to."""

    code: str
    name: str
    service: str
    site: int
    zone: str  # where its medical devices are plugged


UNITS = (
    Unit("1101", "Urgences adultes", "ed", 0, "BIOMED-SOINS"),
    Unit("1102", "SAMU SMUR", "samu", 0, "BIOMED-SOINS"),
    Unit("1201", "Réanimation polyvalente", "icu", 0, "BIOMED-SOINS"),
    Unit("1301", "Bloc opératoire", "or", 0, "BIOMED-SOINS"),
    Unit("1302", "Stérilisation centrale", "cssd", 0, "BIOMED-SOINS"),
    Unit("1401", "Imagerie médicale", "imaging", 0, "BIOMED-IMAGERIE"),
    Unit("1402", "Cardiologie interventionnelle", "stroke_cath", 0, "BIOMED-IMAGERIE"),
    Unit("1501", "Laboratoire de biologie", "lab", 0, "BIOMED-LABO"),
    Unit("1502", "Dépôt de sang", "blood", 0, "BIOMED-LABO"),
    Unit("1601", "Pharmacie à usage intérieur", "pharmacy", 0, "BIOMED-SOINS"),
    Unit("1602", "Oncologie ambulatoire", "chemo", 0, "BIOMED-SOINS"),
    Unit("1701", "Radiothérapie", "radiotherapy", 0, "BIOMED-IMAGERIE"),
    Unit("1702", "Hémodialyse", "dialysis", 0, "BIOMED-SOINS"),
    Unit("1801", "Maternité et néonatologie", "maternity", 0, "BIOMED-SOINS"),
    Unit("1901", "Médecine interne", "wards_ehr", 0, "BIOMED-SOINS"),
    Unit("1902", "Chirurgie viscérale", "wards_ehr", 0, "BIOMED-SOINS"),
    Unit("1903", "Consultations externes", "outpatient", 0, "BIOMED-SOINS"),
    Unit("1904", "Anatomie pathologique", "pathology", 0, "BIOMED-LABO"),
    Unit("2101", "EHPAD Les Tilleuls", "psy_ssr_ehpad", 1, "BIOMED-SOINS"),
    Unit("3101", "Bureau des admissions", "identity", 0, ""),
    Unit("3102", "Direction des ressources humaines", "admin", 0, ""),
    Unit("3103", "Service informatique", "infra", 0, ""),
    Unit("3104", "Services techniques", "building", 0, ""),
    Unit("3105", "Restauration et logistique", "logistics", 0, ""),
)


class Kind(NamedTuple):
    """One kind of medical device: how the inventory calls it, where it stands, whether it joins the network."""

    label: str
    maker: str
    model: str
    service: str
    zone: str  # empty: never on the network
    share: int
    prefix: str


MEDICAL = (
    Kind("Scanner", "Radiante", "Axium 128", "imaging", "BIOMED-IMAGERIE", 2, "SCAN"),
    Kind("IRM", "Radiante", "Magnis 3T", "imaging", "BIOMED-IMAGERIE", 2, "IRM"),
    Kind("Table de radiologie", "Lumoray", "RX-40", "imaging", "BIOMED-IMAGERIE", 5, "RADIO"),
    Kind("Mobile de radiologie", "Lumoray", "RX-M", "imaging", "BIOMED-IMAGERIE", 4, "RXM"),
    Kind("Échographe", "Ondelia", "Echo 7", "imaging", "BIOMED-IMAGERIE", 14, "ECHO"),
    Kind("Mammographe", "Lumoray", "Mammo S", "imaging", "BIOMED-IMAGERIE", 1, "MAMMO"),
    Kind("Angiographe", "Radiante", "Angio Duo", "stroke_cath", "BIOMED-IMAGERIE", 2, "ANGIO"),
    Kind("Console de post-traitement", "Radiante", "View Pro", "imaging", "BIOMED-IMAGERIE", 4, "CONS"),
    Kind("Accélérateur de particules", "Helionix", "Linea 6", "radiotherapy", "BIOMED-IMAGERIE", 1, "LINAC"),
    Kind("Automate de biochimie", "Bioval", "Chem 900", "lab", "BIOMED-LABO", 5, "CHIM"),
    Kind("Automate d'hématologie", "Bioval", "Hemo 5", "lab", "BIOMED-LABO", 4, "HEMA"),
    Kind("Automate d'immuno-hématologie", "Serotek", "Group X", "blood", "BIOMED-LABO", 2, "GROUP"),
    Kind("Analyseur de gaz du sang", "Serotek", "Gaz 3", "icu", "BIOMED-LABO", 6, "GAZ"),
    Kind("Scanner de lames", "Bioval", "Slide 1", "pathology", "BIOMED-LABO", 1, "LAME"),
    Kind("Moniteur multiparamétrique", "Vitalys", "VM-800", "icu", "BIOMED-SOINS", 60, "MON"),
    Kind("Centrale de surveillance", "Vitalys", "Central 16", "icu", "BIOMED-SOINS", 5, "CENT"),
    Kind("Respirateur", "Pneumael", "Resp 3", "icu", "BIOMED-SOINS", 22, "RESP"),
    Kind("Station d'anesthésie", "Pneumael", "Anest 2", "or", "BIOMED-SOINS", 10, "ANES"),
    Kind("Serveur de pompes à perfusion", "Perfulis", "Link 2", "icu", "BIOMED-SOINS", 2, "PERF"),
    Kind("Générateur de dialyse", "Nephral", "Dial 5", "dialysis", "BIOMED-SOINS", 20, "DIAL"),
    Kind("Électrocardiographe", "Vitalys", "ECG 12", "ed", "BIOMED-SOINS", 18, "ECG"),
    Kind("Cardiotocographe", "Ondelia", "CTG 2", "maternity", "BIOMED-SOINS", 14, "CTG"),
    Kind("Robot de dispensation", "Perfulis", "Dispens 1", "pharmacy", "BIOMED-SOINS", 2, "ROBOT"),
    Kind("Autoclave", "Sterivax", "Clave 8", "cssd", "BIOMED-SOINS", 5, "CLAVE"),
    Kind("Pousse-seringue", "Perfulis", "PS-2", "icu", "", 70, "PS"),
    Kind("Pompe à perfusion", "Perfulis", "PP-1", "wards_ehr", "", 45, "PP"),
    Kind("Défibrillateur", "Vitalys", "Defi 4", "ed", "", 22, "DEFI"),
    Kind("Couveuse", "Ondelia", "Couv 1", "maternity", "", 8, "COUV"),
)


class Software(NamedTuple):
    """One application: invented name, care service, tightest admissible data loss in hours."""

    name: str
    service: str
    loss: int
    role: str
    database: bool


SOFTWARE = (
    Software("Orchis DPI", "wards_ehr", 4, "", True),
    Software("Lumis PACS", "imaging", 24, "pacs", True),
    Software("Lumis RIS", "imaging", 24, "ris", False),
    Software("Biolis SIL", "lab", 4, "lis", True),
    Software("Passerel EAI", "interfaces", 24, "gateway", False),
    Software("Urgeo", "ed", 24, "", False),
    Software("Reanote", "icu", 24, "", True),
    Software("Blocplan", "or", 24, "", False),
    Software("Medicis pharmacie", "pharmacy", 24, "", True),
    Software("Identis GAM", "identity", 24, "", True),
    Software("Partage bureautique", "admin", 24, "files", False),
    Software("Impression centrale", "wards_ehr", 48, "print", False),
    Software("GTB Climatis", "building", 48, "bms", False),
    Software("Standard Vocalis", "telephony", 48, "pabx", False),
    Software("Transfusia", "blood", 24, "", False),
    Software("Chimioflow", "chemo", 24, "", False),
    Software("Radiolog OIS", "radiotherapy", 24, "", True),
    Software("Dialog dialyse", "dialysis", 24, "", False),
    Software("Natalis", "maternity", 24, "", False),
    Software("Agendis rendez-vous", "outpatient", 48, "", False),
    Software("Patholis", "pathology", 72, "", False),
    Software("Paie Salaria", "admin", 168, "", True),
    Software("Gestion Ecofis", "admin", 168, "", False),
    Software("Sterilog", "cssd", 24, "", False),
    Software("Messagerie", "mail", 24, "", True),
    Software("Qualis", "admin", 168, "", False),
    Software("Regulis SAMU", "samu", 24, "", True),
    Software("Residentis", "psy_ssr_ehpad", 48, "", False),
    Software("Repasel", "logistics", 168, "", False),
    Software("Entrepôt Savoris", "research", 168, "", True),
)
FIRST_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def ascii_letters(word: str) -> str:
    """Bring a name to the letters a login may hold.

    >>> ascii_letters("Élise Guillemot-Roy")
    'eliseguillemotroy'
    """
    import unicodedata

    folded = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in folded if letter in FIRST_LETTERS)
