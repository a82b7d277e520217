#include "ui/panels/model_dialog.h"

#include <QDir>
#include <QToolButton>

namespace perceiver::ui {

ModelDialog::ModelDialog(QWidget* parent, const QString& folder) : QFileDialog(parent, tr("Open a model"), folder) {
    setObjectName("modelDialog");
    setOption(QFileDialog::DontUseNativeDialog);  // a desktop's own takes files or folders, not both
    setFileMode(QFileDialog::ExistingFile);
    setNameFilters({tr("Models (*.safetensors *.bin *.pt *.pth *.ckpt *.json)"), tr("All files (*)")});
    resize(820, 520);
    // Small ones with icons only.
    for (auto* button : findChildren<QToolButton*>()) button->setProperty("square", true);
    setLabelText(QFileDialog::FileName, tr("File or folder:"));
}

void ModelDialog::accept() {
    const QString path = selectedFiles().value(0);
    if (!QFileInfo(path).isDir()) return QFileDialog::accept();
    const QDir inside(path);
    const bool model = inside.exists("config.json") ||
                       inside.entryList({"*.safetensors", "*.bin", "*.pt", "*.pth", "*.ckpt"}, QDir::Files).size() == 1;
    if (model)
        QDialog::accept();
    else
        QFileDialog::accept();
}

}  // namespace perceiver::ui
